/**
 * A line that a stranger wrote, a device for example, fit for a terminal: without the controls that move its cursor, set
 * its title or answer for its user (ECMA-48, also as C1), and without the marks that turn text around. Tabs stay.
 */
export const terminalText = (line: string): string =>
  line
    .replace(ESCAPES, "")
    .replace(/[\p{Cc}\p{Zl}\p{Zp}\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]/gu, (control) =>
      control === "\t" ? control : "",
    );

/** The same of each line of a text. */
export const terminalLines = (text: string): string => text.split("\n").map(terminalText).join("\n");

/** Whole sequences first, so that no rest of one is left as text: OSC and its like, CSI, and the short ones. */
const ESCAPES =
  // biome-ignore lint/suspicious/noControlCharactersInRegex: controls are what this is about
  /(?:\u001b[\]PX^_]|[\u009d\u0090\u0098\u009e\u009f])[^\u0007\u001b\u009c]*(?:\u0007|\u001b\\|\u009c)?|(?:\u001b\[|\u009b)[0-?]*[ -/]*[@-~]?|\u001b[ -/]*[0-~]?/g;
