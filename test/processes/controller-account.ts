import { type ChildProcess, spawn } from "node:child_process";
import { copyFile, mkdir, writeFile } from "node:fs/promises";
import { join, resolve } from "node:path";
import { type Ended, run } from "../../adapters/openssh/run.ts";
import { type Profile, printProfile } from "../../core/computer/profile.ts";

export const CONTROLLER = "controller-a.hula.atlas";
export const WARREN = resolve("dist/warren.js");

/** An account of this machine that is enrolled as a controller, and the CLI as it is run there. */
export interface ControllerAccount {
  readonly env: Readonly<Record<string, string>>;
  warren(...args: readonly string[]): Promise<Ended>;
  /** One that goes on; it is ended by its own process. */
  start(...args: readonly string[]): ChildProcess;
}

export interface Enrolled {
  /** Its home. */
  readonly folder: string;
  /** Left out: `CONTROLLER`. */
  readonly id?: string;
  /** The file of its SSH key, which is copied. */
  readonly identity: string;
  readonly proxy: Profile["proxy"];
  readonly signers: Profile["signers"];
  readonly broker?: NonNullable<Profile["broker"]> & { readonly key: string; readonly cert: string };
  /** More of its environment. */
  readonly env?: Readonly<Record<string, string>>;
}

/** What `warren enroll` would leave behind there. */
export async function controllerAccount(enrolled: Enrolled): Promise<ControllerAccount> {
  const { folder, id = CONTROLLER, identity, proxy, signers } = enrolled;
  const file = (name: string) => join(folder, "config/warren", id, name);
  await mkdir(file("."), { recursive: true, mode: 0o700 });
  await copyFile(identity, file("identity"));
  const profile: Profile = { format: 1, id, repository: "wildlife/atlas", proxy, signers };
  if (enrolled.broker === undefined) await writeFile(file("profile.json"), printProfile(profile));
  else {
    const { key, cert, ...broker } = enrolled.broker;
    await writeFile(file("profile.json"), printProfile({ ...profile, broker }));
    await writeFile(file("x509.key"), key, { mode: 0o600 });
    await writeFile(file("x509.pem"), cert);
  }
  const env = {
    PATH: process.env.PATH ?? "",
    HOME: folder,
    XDG_CONFIG_HOME: join(folder, "config"),
    ...enrolled.env,
  };
  return {
    env,
    warren: (...words) => run(process.execPath, [WARREN, ...words], { timeout: 30_000, env }),
    start: (...words) =>
      spawn(process.execPath, [WARREN, ...words], { env, stdio: ["ignore", "ignore", "pipe"] }),
  };
}
