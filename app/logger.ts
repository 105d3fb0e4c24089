import { type Logger, pino } from "pino";

/**
 * One JSON line an event, on stderr. Only plain values and the message of an error get through, whatever a library
 * hands over: a webhook's error carries the whole delivery, a request's error its headers.
 */
export function createLogger(level: string, write: (line: string) => void): Logger {
  return pino(
    {
      name: "warren",
      level,
      base: { name: "warren" },
      formatters: { log: plainOnly },
      serializers: { err: (plain: unknown) => plain },
    },
    { write: (line) => write(line.replace(SECRETS, "[secret]")) },
  );
}

/** What must not stand in a line, should a message of somebody else's ever hold it: tokens, web tokens, keys. */
const SECRETS =
  /\bgh[a-z]_\w{20,}|\bgithub_pat_\w+|\bv1\.[0-9a-f]{40}\b|\beyJ[\w-]+\.[\w-]+\.[\w-]+|-----BEGIN [A-Z ]*PRIVATE KEY-----[^"]*|\b(?:AKIA|ASIA)[A-Z0-9]{16}\b|sha(?:1|256)=[0-9a-f]{40,64}/g;

function plainOnly(fields: Record<string, unknown>): Record<string, unknown> {
  const plain: Record<string, unknown> = {};
  for (const [name, value] of Object.entries(fields)) {
    if (["string", "number", "boolean"].includes(typeof value)) plain[name] = value;
    else if (name === "err" || name === "error") plain[name] = errorText(value);
  }
  return plain;
}

const LONGEST = 500;

function errorText(error: unknown): string {
  const text = error instanceof Error ? `${error.name}: ${error.message}` : "unknown error";
  return text.slice(0, LONGEST);
}
