import * as z from "zod";
import { causeOf, Failure, unavailable } from "../../core/failure.ts";

/** What the SDK throws when the service answered with an error; without `$fault` it could not read the answer. */
const serviceError = z.object({
  $fault: z.enum(["client", "server"]),
  name: z.string(),
  message: z.string(),
  $metadata: z.object({ httpStatusCode: z.number() }),
});

const THROTTLED: ReadonlySet<string> = new Set([
  "ThrottlingException",
  "TooManyRequestsException",
  "RequestLimitExceeded",
]);

/** Whether the same call may well succeed in a moment. */
export function isPassing(error: unknown): boolean {
  const read = serviceError.safeParse(error);
  if (!read.success)
    return LOST.has(said.safeParse(error).data?.name) || LOST.has(coded.safeParse(error).data?.code);
  const { name, $metadata } = read.data;
  return THROTTLED.has(name) || $metadata.httpStatusCode === 429 || $metadata.httpStatusCode >= 500;
}

/** What Node and the SDK call a connection that broke, or did not come about. */
const LOST: ReadonlySet<string | undefined> = new Set(["TimeoutError", "ECONNRESET", "EPIPE", "ETIMEDOUT"]);
const coded = z.object({ code: z.string() });

const MISSING: ReadonlySet<string | undefined> = new Set([
  "ResourceNotFoundException",
  // IAM's word for it.
  "NoSuchEntityException",
  "NoSuchEntity",
]);

/** Whether the service said that what was asked for isn't there. */
export const isMissing = (error: unknown): boolean =>
  error instanceof Failure && MISSING.has(said.safeParse(error.cause).data?.name);

/** What `work` gives, or undefined if the service says that it isn't there. */
export async function unlessGone<T>(work: () => Promise<T>): Promise<T | undefined> {
  try {
    return await work();
  } catch (error) {
    if (isMissing(error)) return undefined;
    throw error;
  }
}

/** Whether the service said that these credentials may not do what was asked. */
export const isForbidden = (error: unknown): boolean =>
  error instanceof Failure && refusal.safeParse(error.cause).data?.status === 403;

const refusal = z.object({ status: z.number() });
const said = z.object({ name: z.string() });

/**
 * The failure behind what the SDK threw. `service` is who was asked and `doing` for what, in the user's words. The
 * request and the response are left out of the cause: what they bear is nobody's business in a log.
 */
export function certificateFailure(error: unknown, service: string, doing: string): Failure {
  if (error instanceof Failure) return error;
  const read = serviceError.safeParse(error);
  if (!read.success) return unanswered(error, service);
  const { name, message, $metadata } = read.data;
  const status = $metadata.httpStatusCode;
  if (THROTTLED.has(name) || status === 429) {
    return unavailable(service, "too many calls in a second", "try again in a minute");
  }
  if (status >= 500) return unavailable(service, `${name} to ${doing}`);
  // A proxy on the way, or an address that is another's.
  if (name === "Unknown") return unavailable(service, `HTTP ${status} without an error of AWS`);
  // An operator can mend it, so those who wait are told to go on waiting.
  if (status === 401 || status === 403) {
    return new Failure("unavailable", `${service} does not let us ${doing}: ${name}, ${firstLine(message)}`, {
      hint: "check the AWS credentials and what their role allows",
      cause: { name, message: firstLine(message), status },
    });
  }
  return new Failure("refused", `${service} refuses to ${doing}: ${name}, ${firstLine(message)}`, {
    cause: { name, message },
  });
}

function unanswered(error: unknown, service: string): Failure {
  const name = typeof error === "object" && error !== null && "name" in error ? error.name : "";
  if (name === "CredentialsProviderError") {
    return new Failure("unavailable", `${service} can't be asked: there are no AWS credentials`, {
      hint: "set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, or a role that the AWS SDK finds",
    });
  }
  if (name === "AbortError" || name === "TimeoutError") return unavailable(service, "it takes too long");
  return unavailable(service, firstLine(causeOf(error)), "check the network, and AWS_ENDPOINT_URL_IOT");
}

const firstLine = (text: string): string => (text.split("\n")[0] ?? "").slice(0, 300);
