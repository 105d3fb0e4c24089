/** The folder of a repository's checkout. */
export interface Checkout {
  /** Undefined where there is none. */
  read(path: string): Promise<string | undefined>;
  write(path: string, text: string): Promise<void>;
}

export interface Written {
  readonly path: string;
  /** `kept`: another text stands there, and stays. */
  readonly became: "new" | "same" | "replaced" | "kept";
}

export interface WriteOptions {
  /** Replace what differs. */
  readonly force: boolean;
  /** Say what would be done, and do nothing. */
  readonly dryRun: boolean;
}

/** Writes a realm's files into its repository; what stands there is kept unless `force` says otherwise. */
export async function writeInto(
  checkout: Checkout,
  files: Iterable<readonly [string, string]>,
  { force, dryRun }: WriteOptions,
): Promise<readonly Written[]> {
  const written: Written[] = [];
  for (const [path, text] of files) {
    const held = await checkout.read(path);
    const became = held === undefined ? "new" : same(held, text) ? "same" : force ? "replaced" : "kept";
    if (!dryRun && (became === "new" || became === "replaced")) await checkout.write(path, text);
    written.push({ path, became });
  }
  return written;
}

/** Git may have turned line ends on the way. */
const same = (held: string, text: string): boolean => held.replaceAll("\r\n", "\n") === text;
