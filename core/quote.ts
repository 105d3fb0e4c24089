const LONGEST = 60;

/** A stranger's text inside a message: a JSON string of printable ASCII, cut at 60 characters. */
export function quoted(text: string): string {
  const cut = text.length > LONGEST ? `${text.slice(0, LONGEST)}…` : text;
  return printable(JSON.stringify(cut));
}

/** Text that may hold a stranger's, with all escaped that moves a terminal's cursor, turns text around or fakes line ends. */
export const printable = (text: string): string =>
  text.replace(/[^\u0020-\u007e\u2026]/g, (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, "0")}`);
