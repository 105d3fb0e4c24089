import type { Account } from "./accounts.ts";

/** One version of a text that people may change. What it said can be erased; who and when can't. */
export interface ContentEdit {
  readonly id: number;
  readonly editor: Account;
  readonly at: Date;
  content: string | null;
  erased: { readonly by: Account; readonly at: Date } | null;
}

/** A body with its edit history. GitHub starts one at the first edit, with what the text said before it. */
export class EditedText {
  readonly #author: Account;
  readonly #createdAt: Date;
  readonly #nextId: () => number;
  readonly #edits: ContentEdit[] = [];
  #body: string;

  constructor(body: string, author: Account, createdAt: Date, nextId: () => number) {
    this.#body = body;
    this.#author = author;
    this.#createdAt = createdAt;
    this.#nextId = nextId;
  }

  get body(): string {
    return this.#body;
  }

  /** The newest first; empty as long as nobody edited. */
  get edits(): readonly ContentEdit[] {
    return this.#edits.toReversed();
  }

  get lastEdit(): ContentEdit | undefined {
    return this.#edits.at(-1);
  }

  /** As it stands; what happens to one of the two leaves the other alone. */
  copy(): EditedText {
    const copy = new EditedText(this.#body, this.#author, this.#createdAt, this.#nextId);
    copy.#edits.push(...this.#edits.map((edit) => ({ ...edit })));
    return copy;
  }

  rewrite(body: string, editor: Account, at: Date): void {
    if (this.#edits.length === 0) this.#keep(this.#body, this.#author, this.#createdAt);
    this.#keep(body, editor, at);
    this.#body = body;
  }

  /** Removes what one version said from the history. */
  erase(edit: ContentEdit, by: Account, at: Date): void {
    edit.content = null;
    edit.erased = { by, at };
  }

  #keep(content: string, editor: Account, at: Date): void {
    this.#edits.push({ id: this.#nextId(), editor, at, content, erased: null });
  }
}
