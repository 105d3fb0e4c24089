/**
 * A JSON object of computers, one computer a line, sorted by name: a diff shows who changed, and POSIX sh on the
 * proxy can pick a computer's own line. `JSON.stringify` can do neither, for it puts names like `333` first.
 */
export function printOneALine(computers: ReadonlyMap<string, unknown>, indent = ""): string {
  if (computers.size === 0) return "{}";
  const lines = [...computers.keys()]
    .sort()
    .map((name) => `${indent}  ${JSON.stringify(name)}: ${JSON.stringify(computers.get(name))}`);
  return `{\n${lines.join(",\n")}\n${indent}}`;
}
