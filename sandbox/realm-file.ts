import { isCollection, isNode, type Node, parseDocument } from "yaml";

/** What the sandbox puts in the place of a realm's outside parties; all else in realm.yaml stays as it is. */
export interface Stand {
  readonly proxies: Readonly<Record<string, { host: string; port: number; hostKey: string }>>;
  readonly signer: string;
  /** `127.0.0.1:40123`, and the PEM of the CA that its certificate descends from. */
  readonly broker: { readonly endpoint: string; readonly ca: string };
}

type Path = readonly string[];

/** The same file, line for line, with its addresses and keys turned to this machine. */
export function standIn(realmYaml: string, stand: Stand): string {
  const document = parseDocument(realmYaml, { version: "1.2" });
  const values: [Path, unknown][] = Object.entries(stand.proxies).flatMap(
    ([name, { host, port, hostKey }]) => [
      [["proxies", name, "host"], host],
      [["proxies", name, "port"], port],
      [["proxies", name, "hostKeys"], [hostKey]],
    ],
  );
  values.push([["signers"], [stand.signer]]);
  const type = document.getIn(["broker", "type"]);
  if (type === "aws-iot") values.push([["broker", "endpoint"], stand.broker.endpoint]);
  if (type === "mqtt") {
    values.push([["broker", "url"], `mqtts://${stand.broker.endpoint}`], [["broker", "ca"], stand.broker.ca]);
  }
  const edits = values.flatMap(([path, value]) => {
    const span = spanOf(document.getIn(path, true));
    return span === undefined ? [] : [{ ...span, text: JSON.stringify(value) }];
  });
  // From the end backwards, so that no edit moves another's place.
  edits.sort((a, b) => b.start - a.start);
  return edits.reduce((text, { start, end, text: value }) => {
    const lines = text.slice(start, end).split("\n").length - 1;
    return text.slice(0, start) + value + "\n".repeat(lines) + text.slice(end);
  }, realmYaml);
}

/** From a node's first character to the end of its last value, comments and line breaks behind it left out. */
function spanOf(node: unknown): { start: number; end: number } | undefined {
  if (!isNode(node) || !node.range) return undefined;
  return { start: node.range[0], end: endOf(node) };
}

function endOf(node: Node): number {
  const last = isCollection(node) && !node.flow ? node.items.at(-1) : undefined;
  return isNode(last) ? endOf(last) : (node.range?.[1] ?? 0);
}
