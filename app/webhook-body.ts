import { createHmac, timingSafeEqual } from "node:crypto";
import type { IncomingMessage } from "node:http";

/**
 * GitHub sends up to 25 MB (docs.github.com, "Webhook events and payloads"), but only a push with thousands of files
 * comes near: title, body and comment have 65,536 characters each. A push that is refused shows in GitHub's list.
 */
export const LARGEST_BODY = 8 * 1024 * 1024;
/** Unsigned bytes held at once, over all connections: the signature can only be checked at the end. */
const MOST_HELD = 2 * LARGEST_BODY;
/** What issues and comments need: whoever fills the rest with large bodies does not keep these out. */
const SMALL = 512 * 1024;

type Refusal = 400 | 413 | 503;
export type ReadBody =
  | { readonly kind: "read"; readonly text: string }
  | { readonly kind: "refused"; readonly status: Refusal; readonly says: string };

const refused = (status: Refusal, says: string): ReadBody => ({ kind: "refused", status, says });

/** Reads webhook bodies before anyone knows who sent them, hence within limits, and turns into text only what is signed. */
export class BodyReader {
  readonly #secret: string;
  readonly #largest: number;
  #held = 0;

  constructor(secret: string, largest = LARGEST_BODY) {
    this.#secret = secret;
    this.#largest = largest;
  }

  /** `signature` is the HMAC-SHA256 over the raw bytes, in hex. */
  async read(request: IncomingMessage, signature: string): Promise<ReadBody> {
    const tooLarge = refused(413, `the body is larger than ${this.#largest} bytes`);
    if (Number(request.headers["content-length"] ?? 0) > this.#largest) return tooLarge;
    const chunks: Buffer[] = [];
    const hmac = createHmac("sha256", this.#secret);
    let size = 0;
    try {
      // Whoever gives up here still wants to answer: the connection must outlive the loop.
      for await (const chunk of request.iterator({ destroyOnReturn: false })) {
        if (!Buffer.isBuffer(chunk)) return refused(400, "the body is no bytes");
        size += chunk.length;
        this.#held += chunk.length;
        if (size > this.#largest) return tooLarge;
        if (this.#held > MOST_HELD && size > SMALL) return refused(503, "too many deliveries at once");
        hmac.update(chunk);
        chunks.push(chunk);
      }
      if (!timingSafeEqual(hmac.digest(), Buffer.from(signature, "hex")))
        return refused(400, "signature does not match the body");
      return { kind: "read", text: utf8.decode(Buffer.concat(chunks)) };
    } catch {
      return refused(400, "the body broke off, or is not UTF-8");
    } finally {
      this.#held -= size;
    }
  }
}

/** Exact, so that Probot's own check over the decoded text is one over the raw bytes: no replacement, no BOM dropped. */
const utf8 = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });
