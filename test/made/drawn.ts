/**
 * What stands on a terminal after what was written to it: the few controls that Warren draws with, by ECMA-48 and xterm's
 * private modes. Anything else is an error: on a real terminal it would be garbage, or steer it.
 */
export class Drawn {
  #rows: number;
  #columns: number;
  #main: string[][];
  #alternate: string[][] | undefined;
  #at = { row: 0, column: 0 };
  #rest = "";
  #full = false;
  cursorShown = true;
  /** How often a line was too long for its row. */
  wrapped = 0;

  constructor(rows: number, columns: number) {
    [this.#rows, this.#columns] = [rows, columns];
    this.#main = this.#blank();
  }

  get onMainScreen(): boolean {
    return this.#alternate === undefined;
  }

  /** The rows from the top to the last that holds something, without blanks at their ends. */
  get text(): string {
    return this.#grid
      .map((row) => row.join("").trimEnd())
      .join("\n")
      .trimEnd();
  }

  /** As terminals that don't flow lines anew do it: what does not fit any more is cut. */
  resize(rows: number, columns: number): void {
    [this.#rows, this.#columns] = [rows, columns];
    const cut = (grid: string[][]) =>
      this.#blank().map((row, at) => row.map((blank, column) => grid[at]?.[column] ?? blank));
    this.#main = cut(this.#main);
    if (this.#alternate !== undefined) this.#alternate = cut(this.#alternate);
    const { row, column } = this.#at;
    this.#at = { row: Math.min(row, rows - 1), column: Math.min(column, columns - 1) };
  }

  write(text: string): void {
    let rest = this.#rest + text;
    while (rest !== "") {
      const [token = ""] = TOKEN.exec(rest) ?? [];
      if (token === "" && BEGUN.test(rest)) break;
      if (token === "") throw new Error(`a terminal was sent ${JSON.stringify(rest.slice(0, 40))}`);
      this.#take(token);
      rest = rest.slice(token.length);
    }
    this.#rest = rest;
  }

  #take(token: string): void {
    const done = CONTROLS[token];
    if (done !== undefined) done(this);
    else for (const character of token) this.#put(character);
  }

  #put(character: string): void {
    if (this.#full) {
      this.wrapped += 1;
      this.lineStart();
      this.lineFeed();
    }
    const row = this.#grid[this.#at.row];
    if (row !== undefined) row[this.#at.column] = character;
    this.#full = this.#at.column === this.#columns - 1;
    if (!this.#full) this.#at.column += 1;
  }

  lineStart(): void {
    this.#at.column = 0;
    this.#full = false;
  }

  lineFeed(): void {
    this.#full = false;
    if (this.#at.row < this.#rows - 1) this.#at.row += 1;
    else {
      this.#grid.shift();
      this.#grid.push(this.#blankRow());
    }
  }

  home(): void {
    this.#at = { row: 0, column: 0 };
    this.#full = false;
  }

  eraseLine(): void {
    this.#grid[this.#at.row]?.fill(" ", this.#at.column);
  }

  eraseBelow(): void {
    this.eraseLine();
    for (const row of this.#grid.slice(this.#at.row + 1)) row.fill(" ");
  }

  otherScreen(on: boolean): void {
    this.#alternate = on ? this.#blank() : undefined;
    this.home();
  }

  get #grid(): string[][] {
    return this.#alternate ?? this.#main;
  }

  #blankRow(): string[] {
    return Array<string>(this.#columns).fill(" ");
  }

  #blank(): string[][] {
    return Array.from({ length: this.#rows }, () => this.#blankRow());
  }
}

const CONTROLS: Readonly<Record<string, (screen: Drawn) => void>> = {
  "\r": (screen) => screen.lineStart(),
  "\n": (screen) => screen.lineFeed(),
  "\u001b[H": (screen) => screen.home(),
  "\u001b[J": (screen) => screen.eraseBelow(),
  "\u001b[K": (screen) => screen.eraseLine(),
  "\u001b[?1049h": (screen) => screen.otherScreen(true),
  "\u001b[?1049l": (screen) => screen.otherScreen(false),
  "\u001b[?25h": (screen) => {
    screen.cursorShown = true;
  },
  "\u001b[?25l": (screen) => {
    screen.cursorShown = false;
  },
};

// biome-ignore lint/suspicious/noControlCharactersInRegex: controls are what this is about
const TOKEN = /^(?:[^\p{Cc}]+|\r|\n|\u001b\[(?:\?1049[hl]|\?25[hl]|[HJK]))/u;
/** Of a control only the beginning has come. */
// biome-ignore lint/suspicious/noControlCharactersInRegex: controls are what this is about
const BEGUN = /^\u001b(?:\[[?0-9]*)?$/;
