/** One element of DER. */
export interface Element {
  readonly tag: number;
  /** What a SEQUENCE, a SET or a tagged element is made of; empty for all others. */
  readonly parts: readonly Element[];
  readonly content: Buffer;
  /** With tag and length. */
  readonly whole: Buffer;
}

export const TAG = {
  boolean: 0x01,
  integer: 0x02,
  bits: 0x03,
  octets: 0x04,
  null: 0x05,
  oid: 0x06,
  utf8: 0x0c,
  sequence: 0x30,
  set: 0x31,
  printable: 0x13,
  first: 0xa0,
} as const;

const CONSTRUCTED = 0x20;
const LONG_TAG = 0x1f;
const DEEPEST = 16;

/**
 * The one element that `bytes` are, read strictly (X.690, 10 and 11): every length and number in its shortest form, no
 * string in pieces, nothing after the end. So bytes that pass can be read in one way only. Undefined: they don't.
 */
export function readDer(bytes: Buffer): Element | undefined {
  const [element, ...more] = elementsIn(bytes, 0) ?? [];
  return more.length === 0 ? element : undefined;
}

function elementsIn(bytes: Buffer, depth: number): readonly Element[] | undefined {
  if (depth > DEEPEST) return undefined;
  const elements: Element[] = [];
  for (let at = 0; at < bytes.length; ) {
    const tag = bytes[at] ?? 0;
    const header = headerOf(bytes, at);
    if ((tag & LONG_TAG) === LONG_TAG || header === undefined) return undefined;
    const [start, end] = [at + header.bytes, at + header.bytes + header.length];
    const content = bytes.subarray(start, end);
    const parts = (tag & CONSTRUCTED) === 0 ? [] : elementsIn(content, depth + 1);
    if (parts === undefined || !isSound(tag, content)) return undefined;
    elements.push({ tag, parts, content, whole: bytes.subarray(at, end) });
    at = end;
  }
  return elements;
}

/** Of two bytes at least; lengths above 127 follow in as few bytes as they need. */
function headerOf(
  bytes: Buffer,
  at: number,
): { readonly bytes: number; readonly length: number } | undefined {
  const first = bytes[at + 1];
  if (first === undefined) return undefined;
  const count = first < 0x80 ? 0 : first & 0x7f;
  // 0x80 alone is BER's unknown length, and nothing here is longer than three bytes can say.
  if (first === 0x80 || count > 3 || at + 2 + count > bytes.length) return undefined;
  const length = count === 0 ? first : bytes.readUIntBE(at + 2, count);
  const least = count === 0 ? 0 : count === 1 ? 0x80 : 256 ** (count - 1);
  if (length < least || at + 2 + count + length > bytes.length) return undefined;
  return { bytes: 2 + count, length };
}

function isSound(tag: number, content: Buffer): boolean {
  const [first = 0, second = 0] = content;
  switch (tag) {
    case TAG.boolean:
      return content.length === 1 && (first === 0 || first === 0xff);
    case TAG.integer:
      if (content.length < 2) return content.length === 1;
      return !(first === 0 && second < 0x80) && !(first === 0xff && second >= 0x80);
    case TAG.bits: {
      if (content.length < 2) return content.length === 1 && first === 0;
      return first <= 7 && ((content.at(-1) ?? 0) & ((1 << first) - 1)) === 0;
    }
    case TAG.null:
      return content.length === 0;
    case TAG.oid:
      return content.length > 0 && (content.at(-1) ?? 0x80) < 0x80 && startsAreShort(content);
    case TAG.sequence:
    case TAG.set:
      return true;
    default:
      // Sequences and sets have parts, and no other universal type has; 0 is BER's mark of an end.
      return tag >= 0x40 || (tag !== 0 && (tag & CONSTRUCTED) === 0 && tag !== 0x10 && tag !== 0x11);
  }
}

/** Each number of an object id begins with another byte than 0x80, which would say nothing. */
const startsAreShort = (oid: Buffer): boolean =>
  oid.every((byte, at) => byte !== 0x80 || (oid[at - 1] ?? 0) >= 0x80);

/** In dots, `2.5.4.3`; empty for what is no object id. Numbers beyond 2^53 lose digits, but never become small. */
export function oidOf(element: Element | undefined): string {
  if (element?.tag !== TAG.oid) return "";
  const numbers: number[] = [];
  let number = 0;
  for (const byte of element.content) {
    number = number * 128 + (byte & 0x7f);
    if (byte >= 0x80) continue;
    if (numbers.length === 0) {
      const root = Math.min(2, Math.floor(number / 40));
      numbers.push(root, number - root * 40);
    } else numbers.push(number);
    number = 0;
  }
  return numbers.join(".");
}

/** The bytes of a BIT STRING that is made of whole ones. */
export const bytesOf = ({ tag, content }: Element): Buffer | undefined =>
  tag === TAG.bits && content[0] === 0 ? content.subarray(1) : undefined;
