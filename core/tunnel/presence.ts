/** What a device's `…/tunnel/presence` says, retained. Unknown fields are ignored. */
export type Presence =
  /** `since`: seconds since 1970 by the device's clock, at which its tunnel came or went. */
  | { readonly word: "online"; readonly boot: string; readonly tunnel: "up" | "down"; readonly since: number }
  /** Left out: its broker found it gone, and can't say when. */
  | { readonly word: "offline"; readonly boot: string; readonly since?: number };

const LONGEST = 512;

export function printPresence(presence: Presence): string {
  const tunnel = presence.word === "online" ? `|tunnel=${presence.tunnel}` : "";
  const since = presence.since === undefined ? "" : `|since=${presence.since}`;
  return `${presence.word}|v=2|boot=${presence.boot}${tunnel}${since}`;
}

/** Undefined for what can't be understood. */
export function parsePresence(payload: string): Presence | undefined {
  if (payload.length > LONGEST) return undefined;
  const [word, ...rest] = payload.split("|");
  const fields = new Map(
    rest.map((field) => [field.split("=", 1)[0] ?? "", field.slice(field.indexOf("=") + 1)]),
  );
  const boot = fields.get("boot") ?? "";
  const text = fields.get("since") ?? "";
  const since = /^[0-9]{1,11}$/.test(text) ? Number(text) : undefined;
  if (word === "offline") return { word, boot, ...(since === undefined ? {} : { since }) };
  if (word !== "online" || since === undefined) return undefined;
  return { word, boot, tunnel: fields.get("tunnel") === "up" ? "up" : "down", since };
}
