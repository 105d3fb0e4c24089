/** What `warren connect` is told. */
export interface Connect {
  /** `[user@]name` */
  readonly target: string;
  readonly command: readonly string[];
  readonly as: string | undefined;
  readonly wake: boolean;
}

/**
 * Words as the parser reads them, where they need none: behind the name all belongs to the command. Undefined for another
 * command, and where an option comes first.
 */
export function plainConnect(argv: readonly string[]): Connect | undefined {
  const [word, target = "-", ...command] = argv;
  const isPlain = word === "connect" && !target.startsWith("-");
  return isPlain ? { target, command, as: undefined, wake: false } : undefined;
}
