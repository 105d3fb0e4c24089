import { rename } from "node:fs/promises";
import type { ProfileFolder } from "../../adapters/files/profile-folder.ts";
import { makeKey, readPublicKey } from "../../adapters/openssh/keygen.ts";
import { signWithKey } from "../../adapters/openssh/signatures.ts";
import { makeRequest, makeX509Key } from "../../adapters/x509/request.ts";
import { subjectNameOf } from "../../core/computer/enrollment.ts";
import { parseCertificateRequest } from "../../core/keys/csr.ts";
import { type ComputerId, formatId } from "../../core/names.ts";
import { subjectProblem } from "../../core/submission/submission.ts";
import type { ComputerKeys } from "../../flows/let-in.ts";

/** The keys in a computer's folder; with a prefix those beside them. */
export const computerKeys = (folder: ProfileFolder, id: ComputerId, prefix = ""): ComputerKeys => ({
  async sshKey() {
    const path = folder.file(`${prefix}identity`);
    if ((await folder.read(`${prefix}identity.pub`)) !== undefined) return readPublicKey(`${path}.pub`);
    // The public half is the mark that both are whole: it gets its name last.
    const made = `new-${prefix}identity`;
    for (const name of [`${prefix}identity`, made, `${made}.pub`]) await folder.remove(name);
    await makeKey(folder.file(made), formatId(id));
    await rename(folder.file(made), path);
    await rename(folder.file(`${made}.pub`), `${path}.pub`);
    return readPublicKey(`${path}.pub`);
  },

  async x509Key() {
    const kept = await folder.read(`${prefix}x509.key`);
    if (kept !== undefined) return kept;
    const made = makeX509Key();
    await folder.write(`${prefix}x509.key`, made);
    return made;
  },

  async request(clientIdSuffix) {
    const kept = await folder.read(`${prefix}x509.csr`);
    const read = kept === undefined ? undefined : parseCertificateRequest(kept);
    if (kept !== undefined && read?.ok && subjectProblem(read.value, id, clientIdSuffix) === undefined)
      return kept;
    const made = makeRequest(await this.x509Key(), subjectNameOf(id, clientIdSuffix));
    await folder.write(`${prefix}x509.csr`, made);
    return made;
  },

  prove: (text) => signWithKey(folder.file(`${prefix}identity`), "warren-enroll", text),
});
