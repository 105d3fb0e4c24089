/** Numeric ids, one series for everything, as clients may only rely on their being different. */
export class Ids {
  #next = 1_000_001;

  next(): number {
    this.#next += 1;
    return this.#next - 1;
  }
}

/** GraphQL's global ids: opaque to clients, `I_k1000001` inside. */
export const nodeId = (prefix: string, id: number | string): string => `${prefix}_k${id}`;

/** The part of a node id after its prefix; undefined if it is no id of that prefix. */
export const fromNodeId = (prefix: string, node: string): string | undefined =>
  node.startsWith(`${prefix}_k`) ? node.slice(prefix.length + 2) : undefined;

/** GitHub's instants carry no milliseconds. */
export const iso = (date: Date): string => `${date.toISOString().slice(0, 19)}Z`;
