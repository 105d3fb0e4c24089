import { type Parsed, parsed, unparsed } from "../place.ts";

const LONGEST = 8192;
const ARMOR = /^-----BEGIN SSH SIGNATURE-----\n([A-Za-z0-9+/=\n]+)\n-----END SSH SIGNATURE-----$/;

/** Reads an armored SSHSIG (OpenSSH's PROTOCOL.sshsig) and prints it anew; who made it is verified elsewhere. */
export function readProof(text: string): Parsed<string> {
  if (text.length > LONGEST) return unparsed(`proof has ${text.length} characters; ${LONGEST} at most`);
  const base64 = ARMOR.exec(text)?.[1]?.replaceAll("\n", "");
  if (base64 === undefined) {
    return unparsed(
      "proof is not one block from -----BEGIN SSH SIGNATURE----- to -----END SSH SIGNATURE-----",
    );
  }
  const blob = Buffer.from(base64, "base64");
  if (blob.toString("base64") !== base64)
    return unparsed("proof has base64 that is cut off, or not in its one form");
  if (blob.subarray(0, 6).toString("latin1") !== "SSHSIG") return unparsed("proof is no SSH signature");
  const lines = base64.match(/.{1,70}/g) ?? [];
  return parsed(["-----BEGIN SSH SIGNATURE-----", ...lines, "-----END SSH SIGNATURE-----", ""].join("\n"));
}
