import type { IncomingMessage } from "node:http";

/** GitHub caps a payload at 25 MB (docs.github.com, "Webhook events and payloads"). */
export const LARGEST_BODY = 25 * 1024 * 1024;
/** Unsigned bytes held at once, over all connections: the signature can only be checked at the end. */
const MOST_HELD = 4 * LARGEST_BODY;

export type ReadBody =
  | { readonly kind: "read"; readonly text: string }
  | { readonly kind: "refused"; readonly status: 400 | 413 | 503; readonly says: string };

const refused = (status: 400 | 413 | 503, says: string): ReadBody => ({
  kind: "refused",
  status,
  says,
});

/** Reads webhook bodies before anyone knows who sent them, hence within limits. */
export class BodyReader {
  readonly #largest: number;
  #held = 0;

  constructor(largest = LARGEST_BODY) {
    this.#largest = largest;
  }

  async read(request: IncomingMessage): Promise<ReadBody> {
    const tooLarge = refused(413, `the body is larger than ${this.#largest} bytes`);
    if (Number(request.headers["content-length"] ?? 0) > this.#largest) return tooLarge;
    const chunks: Buffer[] = [];
    let size = 0;
    try {
      // Whoever gives up here still wants to answer: the connection must outlive the loop.
      for await (const chunk of request.iterator({ destroyOnReturn: false })) {
        if (!Buffer.isBuffer(chunk)) return refused(400, "the body is no bytes");
        size += chunk.length;
        this.#held += chunk.length;
        if (size > this.#largest) return tooLarge;
        if (this.#held > MOST_HELD) return refused(503, "too many deliveries at once");
        chunks.push(chunk);
      }
      return { kind: "read", text: utf8.decode(Buffer.concat(chunks)) };
    } catch {
      return refused(400, "the body broke off, or is not UTF-8");
    } finally {
      this.#held -= size;
    }
  }
}

/** Exact, so that the signature over the decoded text is one over the raw bytes: no replacement, no BOM dropped. */
const utf8 = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });
