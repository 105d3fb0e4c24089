/** One request to the forge and its answer, as whoever watches sees them. */
export interface Exchange {
  readonly method: string;
  readonly path: string;
  readonly status: number;
  /** Undefined where the answer is no JSON. */
  readonly json: unknown;
}
