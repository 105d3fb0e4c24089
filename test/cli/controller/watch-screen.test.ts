import { afterEach, beforeEach, describe, expect, it, jest } from "@jest/globals";
import { WatchScreen } from "../../../cli/controller/watch-screen.ts";

const [ENTER, LEAVE] = ["\u001b[?1049h", "\u001b[?1049l"];

describe("the screen of list --watch", () => {
  let written: string;
  beforeEach(() => {
    written = "";
    jest.spyOn(process, "kill").mockReturnValue(true);
    jest.spyOn(process.stdout, "write").mockImplementation((text) => {
      written += text;
      return true;
    });
  });
  afterEach(() => {
    jest.restoreAllMocks();
  });

  it("is drawn again after Ctrl-Z, but not once it is closed: the shell would be left on it", () => {
    const screen = new WatchScreen();
    screen.open();
    screen.show(["a table"], []);
    process.emit("SIGTSTP");
    expect(written.endsWith(LEAVE)).toBe(true);
    process.emit("SIGCONT");
    expect(written.lastIndexOf(ENTER)).toBeGreaterThan(written.lastIndexOf(LEAVE));
    process.emit("SIGTSTP");
    screen.close();
    process.emit("SIGCONT");
    expect(written.endsWith(LEAVE)).toBe(true);
  });
});
