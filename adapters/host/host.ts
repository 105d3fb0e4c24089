import { rm } from "node:fs/promises";
import writeFileAtomic from "write-file-atomic";
import { causeOf, Failure } from "../../core/failure.ts";
import type { Host } from "../../core/ports/proxy-host.ts";
import type { HeldFile, HostFacts, SshdFacts } from "../../core/proxy-host/facts.ts";
import { makeOpenFolder } from "../files/make-folder.ts";
import { run } from "../openssh/run.ts";
import { heldFile, readFacts } from "./facts.ts";
import { SSHD, sshdConfig, sshdSaysFor } from "./sshd.ts";

/** The machine this runs on. */
export class RealHost implements Host {
  facts(): Promise<HostFacts> {
    return readFacts();
  }

  read(path: string): Promise<HeldFile | undefined> {
    return heldFile(path);
  }

  write({ path, text, mode }: { path: string; text: string; mode: number }): Promise<void> {
    return said(path, writeFileAtomic(path, text, { mode, chown: { uid: 0, gid: 0 } }));
  }

  remove(path: string): Promise<void> {
    return said(path, rm(path, { recursive: true, force: true }));
  }

  async makeFolder(path: string): Promise<void> {
    await said(path, makeOpenFolder(path));
  }

  async run(argv: readonly string[]): Promise<{ status: number | null; says: string }> {
    const [program = "", ...args] = argv;
    try {
      const ended = await run(program === "sshd" ? SSHD : program, args, {
        timeout: 60_000,
        env: { ...process.env, PATH: ADMIN_PATH, LC_ALL: "C" },
      });
      return { status: ended.status, says: ended.stderr + ended.stdout };
    } catch (cause) {
      throw new Failure("refused", `${program} can't be run: ${causeOf(cause)}`, { cause });
    }
  }

  sshdFor(account: string): Promise<SshdFacts["settings"]> {
    return sshdSaysFor(account);
  }

  sshdConfig(): Promise<SshdFacts["config"]> {
    return sshdConfig();
  }
}

/** Under sudo and cron the sbin folders may be missing. */
const ADMIN_PATH = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";

const said = (path: string, work: Promise<unknown>): Promise<void> =>
  work.then(
    () => {},
    (cause: unknown) => {
      throw new Failure("refused", `${path} can't be changed: ${causeOf(cause)}`, { cause });
    },
  );
