import { StringDecoder } from "node:string_decoder";

/** Characters; a longer line is passed on in pieces, for a device may send one that never ends. */
const LONGEST = 65_536;

/** Cuts bytes into the lines that they hold, as they come. A line ends with LF or CRLF; the last one may lack it. */
export class LineSplitter {
  readonly #decoder = new StringDecoder("utf8");
  #rest = "";

  push(bytes: Buffer): readonly string[] {
    return this.#cut(this.#decoder.write(bytes), false);
  }

  end(): readonly string[] {
    return this.#cut(this.#decoder.end(), true);
  }

  #cut(text: string, ended: boolean): readonly string[] {
    const lines = (this.#rest + text).split("\n");
    this.#rest = lines.pop() ?? "";
    const whole = lines.map((line) => (line.endsWith("\r") ? line.slice(0, -1) : line));
    while (this.#rest.length > LONGEST) {
      whole.push(this.#rest.slice(0, LONGEST));
      this.#rest = this.#rest.slice(LONGEST);
    }
    if (ended && this.#rest !== "") whole.push(this.#rest);
    if (ended) this.#rest = "";
    return whole;
  }
}
