import { causeOf, Failure } from "../../core/failure.ts";

/** One thing that was looked at. */
export interface Finding {
  /** `unknown`: it could not be looked at. */
  readonly outcome: "ok" | "problem" | "unknown";
  readonly says: string;
  /** A command to run, or a thing to do. */
  readonly fix?: string;
}

/** Looks at one side of a realm, and changes nothing. */
export interface Check {
  readonly name: string;
  run(): Promise<readonly Finding[]>;
}

export interface Examined {
  readonly name: string;
  readonly findings: readonly Finding[];
  /** Set where whoever was asked did not answer at all. */
  readonly silent?: true;
}

export interface ExamineOptions {
  /** Milliseconds that one check may take. */
  readonly within: number;
  /** Told of each check that ended, in the order in which they end. */
  readonly told?: (done: Examined) => void;
}

/** Runs all checks at once; what comes back is in their order. One that fails says that it could not look. */
export function examine(
  checks: readonly Check[],
  { within, told = () => {} }: ExamineOptions,
): Promise<readonly Examined[]> {
  return Promise.all(
    checks.map(async ({ name, run }) => {
      const done = await inTime(run, within).then(
        (findings): Examined => ({ name, findings }),
        (error: unknown): Examined => ({ name, ...notSeen(error) }),
      );
      told(done);
      return done;
    }),
  );
}

async function inTime<T>(work: () => Promise<T>, milliseconds: number): Promise<T> {
  let timer: ReturnType<typeof setTimeout> | undefined;
  const late = new Promise<never>((_, reject) => {
    const failure = new Failure("unavailable", `nothing was seen within ${milliseconds / 1000} s`);
    timer = setTimeout(() => reject(failure), milliseconds);
  });
  try {
    return await Promise.race([work(), late]);
  } finally {
    clearTimeout(timer);
  }
}

function notSeen(error: unknown): Omit<Examined, "name"> {
  const findings = [couldNotLook(error)];
  return error instanceof Failure && error.code === "unavailable" ? { findings, silent: true } : { findings };
}

export const ok = (says: string): Finding => ({ outcome: "ok", says });
export const problem = (says: string, fix?: string): Finding => ({
  outcome: "problem",
  says,
  ...(fix === undefined ? {} : { fix }),
});
export const unknown = (says: string, fix?: string): Finding => ({
  outcome: "unknown",
  says,
  ...(fix === undefined ? {} : { fix }),
});

/** What a failure leaves to say: nothing is known, which is not the same as wrong. A failure's message names its cause. */
export const couldNotLook = (error: unknown): Finding =>
  error instanceof Failure
    ? unknown(`could not look: ${error.message}`, error.hint)
    : unknown(`could not look: ${causeOf(error)}`);

/** The answer, or the finding that there is none. */
export async function looking<T>(
  look: () => Promise<T>,
  judge: (seen: T) => readonly Finding[],
): Promise<readonly Finding[]> {
  try {
    return judge(await look());
  } catch (error) {
    if (error instanceof Failure) return [couldNotLook(error)];
    throw error;
  }
}
