import { lookup } from "node:dns/promises";
import { readdir, readFile, readlink } from "node:fs/promises";
import { endianness } from "node:os";

const ESTABLISHED = "01";

/**
 * Whether `pid` holds an established TCP connection to `host`:`port`. An ssh client that carries a tunnel holds one for
 * each connection in it. Linux tells by /proc; elsewhere nobody can, and the answer is yes, so that nothing is cut.
 */
export async function isConnectedTo(pid: number, host: string, port: number): Promise<boolean> {
  if (process.platform !== "linux") return true;
  const inodes = await socketInodes(pid);
  const addresses = new Set((await lookup(host, { all: true })).map(({ address }) => address));
  for (const table of ["tcp", "tcp6"]) {
    const text = await readFile(`/proc/${pid}/net/${table}`, "latin1").catch(() => "");
    for (const line of text.split("\n").slice(1)) {
      const [, , remote = "", state, , , , , , inode = ""] = line.trim().split(/\s+/);
      if (state !== ESTABLISHED || !inodes.has(inode)) continue;
      const [address = "", hexPort = ""] = remote.split(":");
      if (Number.parseInt(hexPort, 16) === port && addresses.has(readAddress(address))) return true;
    }
  }
  return false;
}

async function socketInodes(pid: number): Promise<ReadonlySet<string>> {
  const folder = `/proc/${pid}/fd`;
  const names = await readdir(folder).catch(() => []);
  const links = await Promise.all(names.map((name) => readlink(`${folder}/${name}`).catch(() => "")));
  return new Set(links.map((link) => /^socket:\[(\d+)\]$/.exec(link)?.[1] ?? ""));
}

/** `0100007F` and, for IPv6, four such words: each in the machine's own byte order. */
export function readAddress(hex: string, order = endianness()): string {
  const words = (hex.match(/.{8}/g) ?? []).map((word) => [...Buffer.from(word, "hex")]);
  const bytes = words.flatMap((word) => (order === "LE" ? word.reverse() : word));
  if (bytes.length === 4) return bytes.join(".");
  const groups = Array.from({ length: 8 }, (_, index) =>
    (((bytes[2 * index] ?? 0) << 8) | (bytes[2 * index + 1] ?? 0)).toString(16),
  );
  if (groups.slice(0, 5).every((group) => group === "0") && groups[5] === "ffff") {
    return bytes.slice(12).join(".");
  }
  // As URL parsing writes it, so that it compares with what the resolver gives.
  return new URL(`http://[${groups.join(":")}]`).hostname.slice(1, -1);
}
