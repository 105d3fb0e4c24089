import * as z from "zod";
import { readJson } from "../json.ts";
import { type Parsed, parsed, unparsed } from "../place.ts";
import { quoted } from "../quote.ts";
import { type Forward, parseForward, parseSocks, printForward } from "./forward.ts";

/** Forwards through one device: what runs as one, and is saved under one name. */
export interface ForwardPlan {
  /** The device as it was named, with the account if one was. */
  readonly target: string;
  /** The controller to be; left out: the only one, or the one whose device it is. */
  readonly as?: string;
  readonly forwards: readonly [Forward, ...Forward[]];
}

/** A name under which forwards run or are saved; short, for it becomes part of a socket's path (unix(7): 107 bytes). */
export function parseForwardName(text: string): Parsed<string> {
  if (/^[a-z0-9]([a-z0-9-]{0,14}[a-z0-9])?$/.test(text)) return parsed(text);
  return unparsed(`name is ${quoted(text)}; use 1 to 16 of a-z, 0-9 and -, a letter or digit first and last`);
}

/** The exact text of `forwards/<name>.json`. */
export function printForwardPlan({ target, as, forwards }: ForwardPlan): string {
  const of = (kind: Forward["kind"]) => forwards.filter((way) => way.kind === kind).map(printForward);
  const fields = {
    format: 1,
    target,
    ...(as === undefined ? {} : { as }),
    local: of("local"),
    remote: of("remote"),
    socks: of("socks"),
  };
  return `${JSON.stringify(fields, null, 2)}\n`;
}

/** Reads what `printForwardPlan` wrote, or a person did. */
export function readForwardPlan(text: string): Parsed<ForwardPlan> {
  const read = readJson(shape, text, "forward");
  if (!read.ok) return read;
  const { target, as, local, remote, socks } = read.value;
  const all = [
    ...local.map((way) => parseForward("local", way)),
    ...remote.map((way) => parseForward("remote", way)),
    ...socks.map(parseSocks),
  ];
  const ways: Forward[] = [];
  for (const one of all) {
    if (!one.ok) return one;
    ways.push(one.value);
  }
  const [first, ...more] = ways;
  if (first === undefined) return unparsed("forward: no ports are named");
  return parsed({ target, ...(as === undefined ? {} : { as }), forwards: [first, ...more] });
}

const ways = z.array(z.string()).default([]);
const shape = z.strictObject({
  format: z.literal(1),
  target: z.string(),
  as: z.exactOptional(z.string()),
  local: ways,
  remote: ways,
  socks: ways,
});
