/** One line of a device's authorized_keys file (sshd(8)), as far as the sandbox's devices honour it. */
export interface AuthorizedLine {
  readonly from: readonly string[] | undefined;
  /** `20270101000000Z` */
  readonly expiry: string | undefined;
  readonly type: string;
  readonly base64: string;
}

/** Options that take nothing away which the sandbox's devices would give, or that only take away. */
const HARMLESS = new Set([
  "restrict",
  "pty",
  "port-forwarding",
  "agent-forwarding",
  "X11-forwarding",
  "user-rc",
]);

/** Undefined for blank lines, comments, and whatever can't be honoured: a key we half understand lets nobody in. */
export function readAuthorizedLine(line: string): AuthorizedLine | undefined {
  const text = line.trim();
  if (text === "" || text.startsWith("#")) return undefined;
  const plain = readKey(text);
  if (plain !== undefined) return { from: undefined, expiry: undefined, ...plain };
  // Options end at the first blank outside quotes.
  const [, options = "", rest = ""] = /^((?:[^\s"]|"[^"]*")+)\s+(.*)$/.exec(text) ?? [];
  const key = readKey(rest);
  if (key === undefined) return undefined;
  let from: readonly string[] | undefined;
  let expiry: string | undefined;
  for (const [option] of options.matchAll(/(?:[^",]|"[^"]*")+/g)) {
    const [, name = "", value] = /^([A-Za-z0-9-]+)(?:="([^"]*)")?$/.exec(option) ?? [];
    if (name === "from" && value !== undefined) from = value.split(",");
    else if (name === "expiry-time" && value !== undefined && /^\d{14}Z$/.test(value)) expiry = value;
    else if (!HARMLESS.has(name) || value !== undefined) return undefined;
  }
  return { from, expiry, ...key };
}

/** Whether the line lets this key in, from this address, now. */
export function letsIn(
  line: AuthorizedLine,
  key: { readonly type: string; readonly blob: Buffer },
  address: string,
  now: Date,
): boolean {
  const written = Buffer.from(line.base64, "base64");
  if (line.type !== key.type || !written.equals(key.blob)) return false;
  if (line.from !== undefined && !line.from.includes(address.replace(/^::ffff:/, ""))) return false;
  return line.expiry === undefined || now.toISOString().replace(/[-:T]|\.\d+/g, "") < line.expiry;
}

function readKey(text: string): { type: string; base64: string } | undefined {
  const [, type, base64] = /^((?:ssh|ecdsa|sk)-[a-z0-9@.-]+) ([A-Za-z0-9+/]+=*)(?:\s.*)?$/.exec(text) ?? [];
  return type === undefined || base64 === undefined ? undefined : { type, base64 };
}
