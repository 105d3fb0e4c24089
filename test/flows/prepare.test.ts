import { describe, expect, it } from "@jest/globals";
import { Failure } from "../../core/failure.ts";
import type { Host } from "../../core/ports/proxy-host.ts";
import type { HeldFile, HostFacts } from "../../core/proxy-host/facts.ts";
import type { Step } from "../../core/proxy-host/steps.ts";
import { prepare } from "../../flows/prepare.ts";

const DROP_IN = "/etc/ssh/sshd_config.d/50-warren.conf";

/** A host of files in memory; programs do nothing, but those that `failing` names fail with its words. */
class MemoryHost implements Host {
  readonly files: Map<string, HeldFile>;
  readonly ran: string[] = [];
  readonly #failing: ReadonlyMap<string, string>;

  constructor(files: Readonly<Record<string, string>>, failing: Readonly<Record<string, string>> = {}) {
    this.files = new Map(
      Object.entries(files).map(([path, text]) => [path, { text, mode: 0o644, roots: true }]),
    );
    this.#failing = new Map(Object.entries(failing));
  }

  async facts(): Promise<HostFacts> {
    throw new Error("a flow takes the plan as it is");
  }
  async read(path: string) {
    return this.files.get(path);
  }
  async write({ path, text, mode }: { path: string; text: string; mode: number }) {
    this.files.set(path, { text, mode, roots: true });
  }
  async remove(path: string) {
    this.files.delete(path);
  }
  async makeFolder() {}
  async run(argv: readonly string[]) {
    const command = argv.join(" ");
    this.ran.push(command);
    const says = this.#failing.get(command);
    return says === undefined ? { status: 0, says: "" } : { status: 255, says };
  }
  async sshdFor() {
    return { ok: true, text: "permittty no\n" } as const;
  }
  async sshdConfig() {
    return [];
  }
  texts() {
    return Object.fromEntries([...this.files].map(([path, { text }]) => [path, text]));
  }
}

const plan = (...steps: Step[]) => ({ problems: [], warnings: [], steps });
const write = (path: string, text: string): Step => ({ kind: "file", path, mode: 0o644, text });
const test: Step = { kind: "command", argv: ["sshd", "-t"], looks: true };
const reload: Step = { kind: "command", argv: ["kill", "-HUP", "7"] };

describe("prepare", () => {
  it("says what it did, and nothing of what only looked", async () => {
    const host = new MemoryHost({});
    expect(await prepare(host, plan(write(DROP_IN, "new\n"), test, reload))).toEqual({
      kind: "changed",
      done: [`write ${DROP_IN} (root, 0644)`, "run kill -HUP 7"],
    });
    expect(await prepare(host, plan(test))).toEqual({ kind: "same" });
  });

  it("puts the rest back where one file can't be, and says which", async () => {
    const [pam, main] = ["/etc/pam.d/sshd", "/etc/ssh/sshd_config"];
    const host = new MemoryHost({ [pam]: "pam\n", [main]: "main\n" }, { "sshd -t": "no\n" });
    const put = host.write.bind(host);
    host.write = async (file) => {
      if (file.text === "pam\n") throw new Failure("refused", `${pam} can't be changed: the disk is full`);
      return put(file);
    };
    expect(await prepare(host, plan(write(pam, "x\n"), write(main, "x\n"), test))).toMatchObject({
      kind: "undone",
      why: expect.arrayContaining([
        `${pam} is not as it was before: ${pam} can't be changed: the disk is full`,
      ]),
      restored: [main],
    });
    expect(host.texts()[main]).toBe("main\n");
  });

  it("puts all of sshd and PAM back where sshd -t fails, with sshd's own words, and doesn't reload", async () => {
    const before = { "/etc/pam.d/sshd": "pam\n", "/etc/ssh/sshd_config": "main\n" };
    const host = new MemoryHost(before, {
      "sshd -t": "50-warren.conf: line 3: Bad configuration option: X\n",
    });
    const steps = [write("/etc/pam.d/sshd", "pam\nblock\n"), write(DROP_IN, "X\n"), test, reload];
    expect(await prepare(host, plan(...steps))).toEqual({
      kind: "undone",
      why: ["sshd -t ended with status 255", "50-warren.conf: line 3: Bad configuration option: X"],
      restored: ["/etc/pam.d/sshd", DROP_IN],
    });
    expect(host.texts()).toEqual(before);
    expect(host.ran).toEqual(["sshd -t"]);
  });

  it("undoes where sshd would treat an account otherwise", async () => {
    const host = new MemoryHost({});
    const check: Step = { kind: "check", account: "hula", wanted: [["PermitTTY", "yes"]] };
    expect(await prepare(host, plan(write(DROP_IN, "new\n"), check, reload))).toMatchObject({
      kind: "undone",
    });
    expect(host.texts()).toEqual({});
  });
});
