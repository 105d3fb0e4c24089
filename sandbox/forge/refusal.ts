export interface FieldProblem {
  readonly resource: string;
  readonly field: string;
  readonly code: "missing" | "missing_field" | "invalid" | "already_exists" | "custom";
  readonly message?: string;
}

export type RefusalStatus = 400 | 401 | 403 | 404 | 409 | 410 | 413 | 422 | 429 | 500 | 502 | 503;

/** A "no" in GitHub's words: REST answers `status` and these words, GraphQL the words under `type`. */
export class Refusal extends Error {
  override readonly name = "Refusal";
  readonly status: RefusalStatus;
  readonly type: string;
  readonly errors: readonly FieldProblem[] | undefined;
  /** Seconds: GitHub says so where it limits. */
  readonly retryAfter: number | undefined;

  constructor(
    status: RefusalStatus,
    message: string,
    more: { type?: string; errors?: readonly FieldProblem[]; retryAfter?: number } = {},
  ) {
    super(message);
    this.status = status;
    this.type = more.type ?? TYPES[status] ?? "UNPROCESSABLE";
    this.errors = more.errors;
    this.retryAfter = more.retryAfter;
  }
}

const TYPES: Readonly<Record<number, string>> = { 401: "UNAUTHORIZED", 403: "FORBIDDEN", 404: "NOT_FOUND" };

/** Also the answer where the asker may not know that the thing exists. */
export const notFound = (message = "Not Found"): Refusal => new Refusal(404, message);

export const invalid = (
  resource: string,
  field: string,
  code: FieldProblem["code"],
  message?: string,
): Refusal =>
  new Refusal(422, "Validation Failed", {
    errors: [{ resource, field, code, ...(message === undefined ? {} : { message }) }],
  });
