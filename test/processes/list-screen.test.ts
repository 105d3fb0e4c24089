import { rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, afterEach, beforeAll, describe, expect, it } from "@jest/globals";
import { run } from "../../adapters/openssh/run.ts";
import { until } from "../made/running-sandbox.ts";
import { CONTROLLER, WARREN } from "./controller-account.ts";
import { type ReachedDevice, reachDevice } from "./reached-device.ts";
import { hasTerminals, type Size, Terminal } from "./terminal.ts";

const WIDE = { rows: 10, columns: 100 };
const ROW = "333.hula.atlas  port 61333  tunnel up  ssh atlas@333.hula.atlas";

(hasTerminals() ? describe : describe.skip)("list --watch on a terminal", () => {
  let reached: ReachedDevice;
  const terminals: Terminal[] = [];
  const watch = (size: Size, env: Readonly<Record<string, string>> = {}): Terminal => {
    const terminal = Terminal.warren(size, { ...reached.env, TERM: "xterm", ...env }, "list", "--watch");
    terminals.push(terminal);
    return terminal;
  };
  const shows = (terminal: Terminal, what: string) =>
    until(() => (terminal.drawn.text.includes(what) ? true : undefined));
  const lines = ({ drawn }: Terminal) => drawn.text.split("\n");

  beforeAll(async () => {
    reached = await reachDevice();
  });
  afterEach(async () => {
    for (const terminal of terminals.splice(0)) {
      terminal.hangUp();
      await terminal.status();
    }
  });
  afterAll(() => reached.close());

  it("draws the table and the time on the other screen, without a cursor", async () => {
    const terminal = watch(WIDE);
    await shows(terminal, ROW);
    expect(lines(terminal)).toEqual([ROW, expect.stringMatching(/\d:\d\d/)]);
    expect(terminal.drawn).toMatchObject({ onMainScreen: false, cursorShown: false, wrapped: 0 });
  });

  it("draws a change over what stood there", async () => {
    const terminal = watch(WIDE);
    await shows(terminal, "tunnel up");
    await reached.tunnelDown();
    await shows(terminal, "tunnel down");
    expect(lines(terminal)).toEqual([ROW.replace("up", "down"), expect.stringMatching(/\d:\d\d/)]);
    await reached.tunnelUp();
    await shows(terminal, "tunnel up");
    expect(lines(terminal)).toEqual([ROW, expect.stringMatching(/\d:\d\d/)]);
  });

  it("follows the terminal's size, and never wraps a line", async () => {
    const terminal = watch({ rows: 3, columns: 40 });
    const cut = ROW.slice(0, 39).trimEnd();
    await shows(terminal, cut);
    expect(lines(terminal)).toEqual([cut, expect.stringMatching(/\d:\d\d/)]);
    terminal.resize(WIDE);
    await shows(terminal, ROW);
    terminal.resize({ rows: 1, columns: 8 });
    await until(() => (lines(terminal)[0] === ROW.slice(0, 7) ? true : undefined));
    expect(terminal.drawn.wrapped).toBe(0);
  });

  it("says below the table what went wrong", async () => {
    await reached.warren("list");
    const own = join(reached.env.XDG_CONFIG_HOME ?? "", "warren", CONTROLLER, "ssh_own");
    await writeFile(own, "Host *\n  ProxyCommand false\n  ControlPath none\n");
    const terminal = watch(WIDE);
    await shows(terminal, "ssh atlas@333");
    await rm(own);
    expect(lines(terminal)).toEqual([
      expect.stringMatching(/^333\.hula\.atlas /),
      expect.stringMatching(/^warren: proxy does not answer: /),
      expect.stringMatching(/\d:\d\d/),
    ]);
    expect(terminal.drawn.wrapped).toBe(0);
  });

  it("gives cursor and main screen back on Ctrl-C, and exits with 130", async () => {
    const terminal = watch(WIDE);
    await shows(terminal, ROW);
    terminal.interrupt();
    expect(await terminal.status()).toBe(130);
    expect(terminal.drawn).toMatchObject({ onMainScreen: true, cursorShown: true, text: "" });
  });

  it("gives both to the shell on Ctrl-Z, and is drawn again when it comes back", async () => {
    const terminal = watch(WIDE);
    await shows(terminal, ROW);
    terminal.suspend();
    await until(() => (terminal.drawn.onMainScreen && terminal.drawn.cursorShown ? true : undefined));
    expect(terminal.drawn.text).toBe("");
    await until(() => {
      // It may not have stopped yet.
      terminal.continue();
      return terminal.drawn.onMainScreen ? undefined : true;
    });
    await shows(terminal, ROW);
    terminal.interrupt();
    expect(await terminal.status()).toBe(130);
    expect(terminal.drawn.onMainScreen).toBe(true);
  });

  it("ends with its terminal", async () => {
    const terminal = watch(WIDE);
    await shows(terminal, ROW);
    terminal.hangUp();
    expect(await terminal.status()).toBe(129);
  });

  it("draws no screen where TERM says that the terminal has none", async () => {
    const terminal = watch(WIDE, { TERM: "dumb" });
    expect(await terminal.status()).toBe(2);
    expect(terminal.written).toBe(
      "warren: --watch draws on a terminal, and this one can't (TERM is dumb)\r\nhint: add --json\r\n",
    );
  });

  it("writes no control without a terminal, nor any colour with NO_COLOR", async () => {
    const env = { ...reached.env, NO_COLOR: "1" };
    const { stdout, stderr } = await run(process.execPath, [WARREN, "list"], { timeout: 30_000, env });
    expect([stdout, stderr]).toEqual([`${ROW}\n`, ""]);
    const terminal = watch(WIDE, { NO_COLOR: "1" });
    await shows(terminal, ROW);
    expect(terminal.written).not.toMatch(/\p{Cc}\[[0-9;]*m/u);
  });
});
