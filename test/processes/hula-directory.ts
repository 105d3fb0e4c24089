import { signWithKey } from "../../adapters/openssh/signatures.ts";
import { type Directory, printDirectory } from "../../core/access/directory.ts";
import type { PinnedProxy } from "../../core/computer/ssh-config.ts";

/** The first directory of system hula, whose proxy is that one. */
export const hulaDirectory = (
  proxy: PinnedProxy,
  who: Pick<Directory, "login" | "devices" | "controllers">,
): Directory => ({
  format: 1,
  realm: "atlas",
  system: "hula",
  sequence: 1,
  proxy: { name: "eu", ...proxy },
  legacy: false,
  ...who,
});

/** Its files in a generation, path and text; `signer` is the file of the key that its computers believe. */
export async function directoryFiles(
  directory: Directory,
  signer: string,
): Promise<readonly (readonly [path: string, text: string])[]> {
  const text = printDirectory(directory);
  const path = `directory/${directory.system}.json`;
  return [
    [path, text],
    [`${path}.sig`, await signWithKey(signer, "warren-directory", text)],
  ];
}
