import { type ComputerId, parseComputerId, parseComputerName } from "../names.ts";
import type { Account } from "../submission/issue.ts";
import { COMMIT, LOGIN, RULE } from "./record-grammar.ts";

/** Enough for the rules, people and commits of a realm; who never comes again is forgotten in time. */
const MOST = 10_000;

/** What comes again in record after record: checked once, and held in memory once. Undefined: it is malformed. */
export class Repeated {
  readonly rule = sharing(RULE);
  readonly commit = sharing(COMMIT);
  readonly #login = sharing(LOGIN);
  readonly #accounts = new Map<number, Account>();
  #neighbour: { readonly tail: string; readonly id: ComputerId } | undefined;

  account(id: number, text: string): Account | undefined {
    const known = this.#accounts.get(id);
    if (known?.login === text) return known;
    const login = this.#login(text);
    if (login === undefined) return undefined;
    if (this.#accounts.size === MOST) this.#accounts.clear();
    const account = { id, login };
    this.#accounts.set(id, account);
    return account;
  }

  /** Neighbours of one system have its name, and the realm's, in common. */
  id(text: string): ComputerId | undefined {
    const dot = text.indexOf(".");
    const tail = text.slice(dot);
    if (this.#neighbour?.tail !== tail) {
      const read = parseComputerId(text);
      if (!read.ok) return undefined;
      this.#neighbour = { tail, id: read.value };
      return read.value;
    }
    const computer = parseComputerName(text.slice(0, dot));
    return computer.ok ? { ...this.#neighbour.id, computer: computer.value } : undefined;
  }
}

function sharing(form: RegExp): (text: string) => string | undefined {
  const texts = new Map<string, string>();
  return (text) => {
    const known = texts.get(text);
    if (known !== undefined) return known;
    if (!form.test(text)) return undefined;
    if (texts.size === MOST) texts.clear();
    texts.set(text, text);
    return text;
  };
}
