import { afterAll, beforeAll, describe, expect, it } from "@jest/globals";
import { processesThatName, until } from "../made/running-sandbox.ts";
import { WARREN } from "./controller-account.ts";
import { type ManyDevices, startManyDevices } from "./many-devices.ts";
import { canHost } from "./stock-host.ts";
import { hasTerminals, type Size, Terminal } from "./terminal.ts";

const WIDE = { rows: 10, columns: 100 };
const NARROW = { rows: 10, columns: 40 };

(canHost() && hasTerminals() ? describe : describe.skip)("many devices on a terminal: exec", () => {
  let realm: ManyDevices;
  const exec = (size: Size, ...words: readonly string[]): Terminal =>
    Terminal.warren(size, { ...realm.env, TERM: "xterm" }, "exec", ...words);
  const lines = ({ drawn }: Terminal) => drawn.text.split("\n");
  const showsLast = (terminal: Terminal, what: string | RegExp) =>
    until(() => (lines(terminal).at(-1)?.match(what) ? true : undefined));

  beforeAll(async () => {
    realm = await startManyDevices(4, 1);
  }, 60_000);
  afterAll(() => realm.close());

  it("says below the output how far it is, and takes that away at its end", async () => {
    const terminal = exec(WIDE, "d0", "d1", "--", "echo begun; sleep 2; echo done");
    await until(() =>
      lines(terminal).filter((line) => line.endsWith(": begun")).length === 2 ? true : undefined,
    );
    await showsLast(terminal, /^warren: 0 of 2 devices done, 2 running$/);
    expect(await terminal.status()).toBe(0);
    expect(lines(terminal).toSorted()).toEqual(
      ["d0", "d1"].flatMap((name) => [`${name}.hula.atlas: begun`, `${name}.hula.atlas: done`]),
    );
  });

  it("fits that line into a narrow terminal, also into one that is made narrower", async () => {
    const terminal = exec(NARROW, "hula", "--", "exec sleep 353535353");
    await showsLast(terminal, /^warren: 1 of 4 devices done, 1 not reac$/);
    terminal.resize({ rows: 10, columns: 12 });
    await showsLast(terminal, /^warren: 1 o/);
    terminal.resize(WIDE);
    await showsLast(terminal, /^warren: 1 of 4 devices done, 1 not reached, 3 running$/);
    expect(lines(terminal).filter((line) => line.startsWith("warren: "))).toHaveLength(1);
    terminal.interrupt();
    expect(await terminal.status()).toBe(130);
    expect(lines(terminal).join("")).toContain("interrupted: d0.hula.atlas, d1.hula.atlas");
    expect(lines(terminal).join("\n")).not.toContain("running");
  });

  it("goes wave by wave by nothing older than what was seen, and says so above the line of progress", async () => {
    const words = ["d0", "d1", "--wave", "1", "--", "echo begun; sleep 3"];
    const terminal = exec({ rows: 10, columns: 200 }, ...words);
    await showsLast(terminal, /^warren: 0 of 2 devices done, 1 running$/);
    await realm.serve(2);
    await realm.warren("list");
    await realm.serve(1);
    expect(await terminal.status()).toBe(0);
    expect(lines(terminal)).toEqual([
      "d0.hula.atlas: begun",
      "warren: directory from the proxy is not used: directory has sequence 1; 2 was seen already; going on with the one of sequence 2",
      "d1.hula.atlas: begun",
    ]);
    await realm.serve(3);
  });

  it("lets nothing through that a device steers a terminal with", async () => {
    const hostile =
      "printf '\\033[2J\\033]0;t\\007\\033[?1049h\\rx\\bgone\\n\\302\\2332Jok\\n' >&2; echo '\\033[6n'";
    const terminal = exec(WIDE, "d0", "d1", "--", hostile);
    // Whatever else was sent would have made `drawn` throw.
    expect(await terminal.status()).toBe(0);
    expect(lines(terminal).toSorted()).toEqual(
      ["d0", "d1"].flatMap((name) =>
        ["", "ok", "xgone"].map((text) => `${name}.hula.atlas:${text && ` ${text}`}`),
      ),
    );
    expect(terminal.drawn).toMatchObject({ onMainScreen: true, cursorShown: true, wrapped: 0 });
  });

  it("draws nothing on a terminal that can't, and nothing between what goes into a file", async () => {
    const words = [process.execPath, WARREN, "exec", "d0", "d1", "--", "sleep 0.5; echo done"];
    const dumb = Terminal.run(WIDE, { ...realm.env, TERM: "dumb" }, words);
    expect(await dumb.status()).toBe(0);
    expect(dumb.written).not.toContain("\u001b");
    expect(dumb.written).not.toContain("running");
    const piped = ["sh", "-c", '"$@" | cat', "sh", ...words];
    const terminal = Terminal.run(WIDE, { ...realm.env, TERM: "xterm" }, piped);
    expect(await terminal.status()).toBe(0);
    expect(lines(terminal).toSorted()).toEqual(["d0.hula.atlas: done", "d1.hula.atlas: done"]);
  });

  it("counts the devices that a low terminal has no row for, in list --watch", async () => {
    const size = { rows: 3, columns: 80 };
    const terminal = Terminal.warren(size, { ...realm.env, TERM: "xterm" }, "list", "--watch");
    await until(() => (lines(terminal).length === 3 ? true : undefined));
    expect(lines(terminal)).toEqual([
      expect.stringMatching(/^d0\.hula\.atlas /),
      "… and 3 more",
      expect.stringMatching(/\d:\d\d/),
    ]);
    terminal.resize({ ...size, rows: 5 });
    await until(() => (lines(terminal).length === 5 ? true : undefined));
    expect(lines(terminal)[3]).toMatch(/^d3\.hula\.atlas /);
    terminal.interrupt();
    expect(await terminal.status()).toBe(130);
    expect(terminal.drawn.wrapped).toBe(0);
  });

  it("leaves no line of progress behind when its reader has seen enough", async () => {
    const words = [
      process.execPath,
      WARREN,
      "exec",
      "d0",
      "d1",
      "--tty",
      "--",
      "echo a; sleep 1; echo b; exec sleep 363636363",
    ];
    const piped = ["sh", "-c", '"$@" | head -n 3', "sh", ...words];
    const terminal = Terminal.run(WIDE, { ...realm.env, TERM: "xterm" }, piped);
    await terminal.status();
    expect(terminal.written).toContain("running");
    expect(lines(terminal).map((line) => line.slice("d0.hula.atlas: ".length))).toEqual(["a", "a", "b"]);
    await until(() => (processesThatName("363636363").length === 0 ? true : undefined));
  });
});
