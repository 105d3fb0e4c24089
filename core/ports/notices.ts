/** An issue of our own making that tells people something. */
export interface Notice {
  readonly number: number;
  readonly body: string;
}

/** The one issue about drift. */
export interface Notices {
  /** Markdown; everything that a stranger wrote is escaped already. May be repeated. */
  show(open: readonly Notice[], body: string): Promise<void>;
  close(open: readonly Notice[]): Promise<void>;
}
