export interface Release {
  readonly tag: string;
  readonly source: string;
  readonly commit: string;
  readonly files: readonly (readonly [path: string, sha256: string])[];
}
export function makeRelease(root: string, options: { readonly write: boolean }): Release;
