import { counted } from "../counted.ts";

/** What a broker was last told: enough to tell it only what is new, and to try again what failed. */
export interface Told {
  /** SHA-256 over names and hashes of the files of the generation that it follows. */
  readonly digest: string;
  /** SHA-256 of the list of revoked certificates. */
  readonly list: string;
  /** Ids of all that it was told are revoked. */
  readonly revoked: readonly string[];
}

/** What became of the broker's rules when a generation came. */
export type BrokerTold =
  | { readonly kind: "same" }
  | { readonly kind: "told"; readonly added: number; readonly removed: number }
  /** Those who went may still be let in. It is tried again with every sync. */
  | { readonly kind: "failed"; readonly problem: string };

/** For people. */
export function brokerText(told: BrokerTold): string {
  switch (told.kind) {
    case "same":
      return "broker holds all it should";
    case "told":
      return `broker: ${counted(told.added, "holder")} added, ${told.removed} removed`;
    case "failed":
      return `broker may still let in whom it should not: ${told.problem}`;
  }
}
