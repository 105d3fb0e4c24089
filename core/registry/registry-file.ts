import { type Parsed, parsed, unparsed } from "../place.ts";

/** `registry.json` at the root of the branch: every commit raises its sequence. */
export interface RegistryHead {
  readonly format: 1;
  readonly sequence: number;
}

export const printRegistryHead = ({ format, sequence }: RegistryHead): string =>
  `${JSON.stringify({ format, sequence }, null, 2)}\n`;

export function readRegistryHead(text: string): Parsed<RegistryHead> {
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch {
    return unparsed("registry.json is no JSON");
  }
  if (typeof json !== "object" || json === null) return unparsed("registry.json is no object");
  const { format, sequence, ...rest } = json as Record<string, unknown>;
  if (format !== 1) return unparsed(`registry.json has format ${JSON.stringify(format)}; 1 is known here`);
  if (typeof sequence !== "number" || !Number.isSafeInteger(sequence) || sequence < 0) {
    return unparsed(`registry.json has sequence ${JSON.stringify(sequence)}; a whole number is allowed`);
  }
  const [unknown] = Object.keys(rest);
  if (unknown !== undefined) return unparsed(`registry.json has an unknown key ${JSON.stringify(unknown)}`);
  return parsed({ format: 1, sequence });
}
