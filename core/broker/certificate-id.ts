/**
 * Certificates of a CA of our own have ids like AWS IoT's: 64 hex digits, here 32 random bytes. All else follows from
 * the id, so that whoever holds the registry can name a certificate to a broker or revoke it, without having seen it.
 */

/** 16 bytes in hex, positive and without leading zeros (RFC 5280, 4.1.2.2). */
export function serialOf(certificate: string): string {
  const bytes = Buffer.from(certificate.slice(0, 32), "hex");
  bytes.writeUInt8((bytes.readUInt8(0) & 0x7f) | 0x40, 0);
  return bytes.toString("hex");
}

/**
 * The one alternative name in it (an address of RFC 822, whose local part holds 64 characters at most): RabbitMQ's user.
 * A colon in it, as in a URI, would be read as the end of a virtual host's name.
 */
export const userOf = (certificate: string): string => `${certificate}@warren`;
