import type { Listed } from "./list-run.ts";

/** One line a device, in columns; a column that nobody knows anything for is left out. */
export function listTable(devices: readonly Listed[]): readonly string[] {
  if (devices.length === 0) return ["no devices yet"];
  const rows = devices.map(({ computer, port, login, hostKeys, tunnel, state = "", since }) => [
    computer,
    `port ${port}`,
    tunnel === undefined ? "" : `tunnel ${tunnel}`,
    since === undefined ? state : `${state} since ${since}`,
    hostKeys.length === 0 ? "no host key yet" : `ssh ${login[0] ?? "<account>"}@${computer}`,
  ]);
  const widths = [0, 1, 2, 3].map((column) => Math.max(...rows.map((row) => row[column]?.length ?? 0)));
  const lines = rows.map((row) =>
    row
      .map((cell, column) => cell.padEnd(widths[column] ?? 0))
      .filter((_, column) => widths[column] !== 0)
      .join("  "),
  );
  const ends = devices.flatMap(({ controller, certificateExpires }) =>
    certificateExpires === undefined ? [] : [`certificate of ${controller} expires ${certificateExpires}`],
  );
  return [...lines, ...new Set(ends)];
}
