import { join } from "node:path";
import { makeFolder } from "../adapters/files/make-folder.ts";
import { type Child, type Environment, type Finished, runChild, startChild } from "./children.ts";
import { type SandboxDevice, startDevice } from "./devices/device.ts";
import type { Sandbox } from "./start.ts";

/** A computer of the sandbox: a home folder of its own, in which the real programs run as their owner. */
export class Computer {
  readonly id: string;
  readonly home: string;
  readonly env: Environment;
  readonly #sandbox: Sandbox;

  private constructor(id: string, owner: string, home: string, sandbox: Sandbox) {
    this.id = id;
    this.home = home;
    this.#sandbox = sandbox;
    this.env = {
      ...sandbox.env,
      HOME: home,
      XDG_CONFIG_HOME: join(home, ".config"),
      XDG_RUNTIME_DIR: join(home, "run"),
      GITHUB_TOKEN: `sandbox-${owner}`,
    };
  }

  static async make(id: string, owner: string, sandbox: Sandbox): Promise<Computer> {
    const home = join(sandbox.dir, id.split(".")[0] ?? id);
    makeFolder(join(home, "run"), 0o700);
    return new Computer(id, owner, home, sandbox);
  }

  /** Where `warren enroll` keeps what this computer knows of its realm. */
  get profile(): string {
    return join(this.home, ".config/warren", this.id);
  }

  /** Runs `warren` here, to its end. */
  warren(argv: readonly string[], signal?: AbortSignal): Promise<Finished> {
    return runChild([join(this.#sandbox.dist, "warren.js"), ...argv], this.env, signal);
  }

  /** Has this computer enrolled by its owner, with `warren enroll`; a device with its SSH server. */
  enroll(sshd?: SandboxDevice): Promise<Finished> {
    const device =
      sshd === undefined
        ? []
        : [
            "--sshd",
            `${sshd.host}:${sshd.port}`,
            "--host-key",
            join(this.home, "ssh_host_ed25519_key.pub"),
            ...Object.entries(sshd.authorizedKeys).flatMap(([account, file]) => [
              "--authorized-keys",
              `${account}=${file}`,
            ]),
          ];
    return this.warren([
      "enroll",
      this.id,
      "--repository",
      this.#sandbox.realm.repository.fullName,
      ...device,
    ]);
  }

  /** Starts this device's SSH server; it ends with the sandbox. */
  async startSshd(accounts: readonly string[]): Promise<SandboxDevice> {
    const device = await startDevice({ id: this.id, folder: this.home, accounts });
    this.#sandbox.onStop(device.close);
    return device;
  }

  /** Starts the agent here; it ends with the sandbox. */
  startAgent(): Child {
    const agent = startChild(
      `agent of ${this.id}`,
      [join(this.#sandbox.dist, "warren-agent.js"), "run", "--profile", this.profile],
      this.env,
    );
    this.#sandbox.onStop(agent.stop);
    return agent;
  }
}
