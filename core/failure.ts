/** What a failure means to the one who called: the exit code follows from it. */
export type FailureCode =
  /** Wrong usage, or an input file that can't be read: exit 2. */
  | "usage"
  /** Done, and the answer is no: exit 1. */
  | "refused"
  /** GitHub, AWS, broker, proxy or device did not answer: exit 3. */
  | "unavailable";

/** An exception that says what failed, and what to do next. Bad input is a value; this is for the rest. */
export class Failure extends Error {
  override readonly name = "Failure";
  readonly code: FailureCode;
  /** A command to run, or a thing to do. */
  readonly hint: string | undefined;

  constructor(code: FailureCode, message: string, more: { hint?: string; cause?: unknown } = {}) {
    super(message, more.cause === undefined ? undefined : { cause: more.cause });
    this.code = code;
    this.hint = more.hint;
  }
}

/** `subject` is who did not answer, in the user's words: `forge`, `broker`, `proxy eu`. */
export const unavailable = (subject: string, cause: unknown, hint?: string): Failure =>
  new Failure("unavailable", `${subject} does not answer: ${causeOf(cause)}`, {
    cause,
    ...(hint === undefined ? {} : { hint }),
  });

/** What was thrown, as a failure: an exception that is none means that `subject` did not answer. */
export const failureOf = (error: unknown, subject: string): Failure =>
  error instanceof Failure ? error : unavailable(subject, error);

export function causeOf(cause: unknown): string {
  if (cause instanceof AggregateError && cause.errors.length > 0) return causeOf(cause.errors[0]);
  if (typeof cause !== "object" || cause === null || !("message" in cause)) return String(cause);
  const inner = "cause" in cause && cause.cause !== undefined ? `: ${causeOf(cause.cause)}` : "";
  return `${String(cause.message)}${inner}`;
}
