const LONGEST = 60;

/** A stranger's text inside a message: a JSON string of printable ASCII, cut at 60 characters. */
export function quoted(text: string): string {
  const cut = text.length > LONGEST ? `${text.slice(0, LONGEST)}…` : text;
  // Escapes, also, what turns text around or fakes line ends in a terminal.
  return JSON.stringify(cut).replace(
    /[\u007f-\u2025\u2027-\uffff]/g,
    (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, "0")}`,
  );
}
