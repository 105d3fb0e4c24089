import { type Parsed, parsed, unparsed } from "../place.ts";

export interface SignedText {
  readonly text: string;
  /** An armored SSHSIG, not yet verified. */
  readonly signature: string;
}

const BEGIN = "-----BEGIN SSH SIGNATURE-----";
const END = "-----END SSH SIGNATURE-----";

/** A proxy serves a signed file as its text with the signature right behind it: takes the two apart. */
export function splitSigned(answer: string): Parsed<SignedText> {
  const at = answer.lastIndexOf(`\n${BEGIN}\n`);
  if (at < 0) return unparsed("signature is missing");
  const text = answer.slice(0, at + 1);
  const signature = answer.slice(at + 1).trimEnd();
  if (!signature.endsWith(END)) return unparsed("signature is cut off");
  return parsed({ text, signature: `${signature}\n` });
}
