import { mkdir } from "node:fs/promises";
import { join } from "node:path";
import { causeOf, Failure } from "../../core/failure.ts";
import { readIfThere } from "../files/read.ts";
import { writeFile, writeSecret } from "../files/write.ts";
import { LocalCa, makeAuthority } from "./ca.ts";

/** Loads the authority that `folder` holds (`ca.key`, of mode 0600, and `ca.pem`), or makes one there. */
export async function openCa(folder: string, commonName: string): Promise<LocalCa> {
  const [certFile, keyFile] = [join(folder, "ca.pem"), join(folder, "ca.key")];
  const [certPem, keyPem] = [await readIfThere(certFile), await readIfThere(keyFile)];
  if (certPem !== undefined && keyPem !== undefined) return load(folder, { certPem, keyPem });
  if (certPem !== undefined) {
    // A second authority under the first one's name would lock every computer out.
    throw new Failure("usage", `${certFile} has no key beside it`, { hint: `put ${keyFile} back` });
  }
  const made = await makeAuthority(commonName);
  await mkdir(folder, { recursive: true, mode: 0o700 });
  await writeSecret(keyFile, made.keyPem);
  await writeFile(certFile, made.certPem);
  return load(folder, made);
}

async function load(folder: string, files: { certPem: string; keyPem: string }): Promise<LocalCa> {
  try {
    return await LocalCa.load(files);
  } catch (error) {
    throw new Failure("usage", `${folder} holds no usable authority: ${causeOf(error)}`, { cause: error });
  }
}
