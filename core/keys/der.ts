/** The elements inside a constructed DER element, each with its tag and length. For bytes that are known to be DER. */
export function elementsOf(der: Buffer): readonly Buffer[] {
  const elements: Buffer[] = [];
  for (let at = headerOf(der, 0); at < der.length; ) {
    const length = headerOf(der, at) + contentOf(der, at);
    elements.push(der.subarray(at, at + length));
    at += length;
  }
  return elements;
}

/** Tag and length: X.690, 8.1.3. The tags of a request all have one byte. */
const headerOf = (der: Buffer, at: number): number => {
  const first = der[at + 1] ?? 0;
  return first < 0x80 ? 2 : 2 + (first & 0x7f);
};

const contentOf = (der: Buffer, at: number): number => {
  const first = der[at + 1] ?? 0;
  return first < 0x80 ? first : der.readUIntBE(at + 2, first & 0x7f);
};
