/** Where in a file something stands; line and column count from 1, as editors do. */
export interface Place {
  readonly file: string;
  readonly line: number;
  readonly col: number;
}

/** One thing wrong with an input file: where, at which path inside it, and what is allowed. */
export interface Problem {
  readonly place: Place;
  readonly path: string;
  readonly message: string;
}

/** The outcome of reading text by a grammar: bad input is a value, not an exception. */
export type Parsed<T> =
  | { readonly ok: true; readonly value: T }
  | { readonly ok: false; readonly problem: string };

export const parsed = <T>(value: T): Parsed<T> => ({ ok: true, value });
export const unparsed = (problem: string): { readonly ok: false; readonly problem: string } => ({
  ok: false,
  problem,
});

/** `realm.yaml:14:12`: the form that editors and terminals turn into a link. */
export const formatPlace = ({ file, line, col }: Place): string => `${file}:${line}:${col}`;

/** `FILE:LINE:COL path: message`, one line a problem. */
export const formatProblem = ({ place, path, message }: Problem): string =>
  `${formatPlace(place)} ${path === "" ? "" : `${path}: `}${message}`;
