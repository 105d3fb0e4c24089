import { execFileSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, it } from "@jest/globals";
import type { Directory } from "../../core/access/directory.ts";
import { sshConfig } from "../../core/computer/ssh-config.ts";
import { terminalText } from "../../core/terminal-text.ts";
import { leaseHash, parseControl, printState } from "../../core/tunnel/messages.ts";
import { Leases } from "../../flows/leases.ts";
import { Visit, type VisitPorts } from "../../flows/visit.ts";
import { good, madeKey } from "../made/access.ts";
import { idOf } from "../processes/small-realm.ts";

const folder = mkdtempSync(join(tmpdir(), "warren-test-"));
afterAll(() => rmSync(folder, { recursive: true }));

const controller = idOf("controller-a.hula.atlas");
const device = idOf("333.hula.atlas");
const directory: Directory = {
  format: 1,
  realm: "atlas",
  system: "hula",
  sequence: 1,
  proxy: { name: "eu", host: "127.0.0.1", port: 2222, hostKeys: [madeKey("proxy")] },
  login: ["atlas"],
  legacy: false,
  devices: { 333: { port: 61333, hostKeys: [madeKey("333")] }, 334: { port: 61334, hostKeys: [] } },
  controllers: {},
};

describe("a hostile device", () => {
  /** The device answers every wake-up with `port`. */
  const reached = async (port: number, legacy = false) => {
    const answers = new Map<string, (payload: string) => void>();
    const ports: VisitPorts = {
      signatures: { verify: async () => false },
      store: { load: async () => undefined, save: async () => {} },
      desk: { ask: async () => "" },
      prepare: async () => {},
      answers: async () => false,
      warn: () => {},
      leases: new Leases({
        broker: {
          lend: (work) =>
            work({
              publish: async (topic, payload) => {
                const message = parseControl(payload);
                if (message.word !== "connect" || message.form !== "lease") return;
                const leases = [leaseHash(message.lease)];
                const said = { word: "connected", form: "lease", port, boot: "b", count: 1, leases } as const;
                answers.get(topic.replace(/control$/, "state"))?.(printState(said));
              },
              subscribe: async (topic, heard) => {
                answers.set(topic, (payload) => heard(payload, topic));
              },
              unsubscribe: (topic) => void answers.delete(topic),
              close: async () => {},
            }),
        },
        stopwatch: {
          now: () => performance.now(),
          after: (ms, then) => {
            const timer = setTimeout(then, ms);
            return () => clearTimeout(timer);
          },
        },
        random: () => new Uint8Array(16),
      }),
    };
    const visit = new Visit(ports, { id: controller, signers: [] });
    const [outcome] = await visit.reach({ ...directory, legacy }, [device]);
    await visit.end();
    return outcome;
  };

  it("that answers with its own port is reached: the test below can fail", async () => {
    expect(await reached(61333)).toMatchObject({ ok: true });
  });

  it.each([61334, 22, 2222])("that answers with the port %i sends no controller there", async (port) => {
    expect(await reached(port)).toMatchObject({ ok: false, failure: { code: "refused" } });
  });

  it.each([
    ["moves the cursor", "\u001b[2J\u001b[1;1Hhello", "hello"],
    ["sets the title", "\u001b]0;root@laptop\u0007hello", "hello"],
    ["writes to the clipboard", "\u001b]52;c;cm0gLXJmIH4=\u0007hello", "hello"],
    ["asks the terminal to type an answer", "\u001b[6n\u001bP$q\u001b\\hello", "hello"],
    ["does so in C1", "\u009b2Jhello\u009d0;x\u009c", "hello"],
    ["leaves a sequence open", "hello\u001b]0;x", "hello"],
    ["hides a line behind a carriage return", "bad\rgood", "badgood"],
    ["turns text around", "\u202etxt\u2066.exe", "txt.exe"],
    ["rings and erases", "a\u0007\u0008b\u007f", "ab"],
  ])("that %s with its output does so on no terminal", (_what, line, seen) => {
    expect(terminalText(line)).toBe(seen);
  });

  it.each(["333.hula.atlas", "_proxy.hula.atlas"])(
    "and its proxy get no agent and no X11 by the ssh_config that Warren writes (%s)",
    (host) => {
      const files = { identity: join(folder, "identity"), knownHosts: join(folder, "known_hosts") };
      const written = good(sshConfig({ id: controller, proxy: directory.proxy, directory, files }));
      const config = join(folder, "config");
      // A user's own defaults come after the include, and lose.
      writeFileSync(config, `${written}\nHost *\n  ForwardAgent yes\n  ForwardX11 yes\n`);
      const options = execFileSync("ssh", ["-G", "-F", config, host], { encoding: "utf8" }).split("\n");
      expect(options).toEqual(
        expect.arrayContaining(["forwardagent no", "forwardx11 no", "updatehostkeys false"]),
      );
      expect(
        options.some((option) => /^(remoteforward|localforward|dynamicforward|localcommand)/.test(option)),
      ).toBe(false);
    },
  );
});
