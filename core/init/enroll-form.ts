import { HEADINGS } from "../submission/form.ts";

/** Where the issue form stands in a realm's repository. */
export const ENROLL_FORM = ".github/ISSUE_TEMPLATE/enroll.yml";

/** Whether GitHub would print just the headings that `readForm` knows, in whatever words the rest of a form is. */
export function hasOurLabels(form: string): boolean {
  const labels = [...form.matchAll(/^\s+label: *(.+?) *$/gm)].map(([, label = ""]) =>
    label.replace(/^(["'])(.*)\1$/, "$2"),
  );
  return labels.toSorted().join("\n") === Object.values(HEADINGS).toSorted().join("\n");
}

/** The same text as this repository's own form; a test holds them together. */
export const enrollForm = `name: Enrol a computer
description: Ask for a device or a controller to be let into the realm (\`warren enroll\` fills this in by itself)
title: "COMPUTER.SYSTEM.REALM.enroll"
body:
  - type: markdown
    attributes:
      value: |
        Put the computer's id into the title, as in \`333.hula.atlas.enroll\`. A name that begins with
        \`controller\` is a controller, every other one a device. Give public keys only.
  - type: textarea
    id: ssh-key
    attributes:
      label: SSH public key
      description: One line, the computer's own key, as in \`~/.config/warren/333.hula.atlas/identity.pub\`.
      placeholder: ssh-ed25519 AAAA...
      render: text
    validations:
      required: true
  - type: textarea
    id: host-keys
    attributes:
      label: SSH host keys
      description: Devices only. The lines of \`/etc/ssh/ssh_host_*_key.pub\`, one key a line, at most eight.
      placeholder: ssh-ed25519 AAAA...
      render: text
  - type: textarea
    id: csr
    attributes:
      label: Certificate signing request
      description: For the realm's broker, in PEM. Leave it empty where realm.yaml names no broker.
      placeholder: |
        -----BEGIN CERTIFICATE REQUEST-----
        -----END CERTIFICATE REQUEST-----
      render: text
  - type: textarea
    id: proof
    attributes:
      label: Proof of possession
      description: >-
        Optional. A signature (\`ssh-keygen -Y sign -n warren-enroll\`) by the SSH key; where two claim one key,
        the proved claim wins.
      placeholder: |
        -----BEGIN SSH SIGNATURE-----
        -----END SSH SIGNATURE-----
      render: text
`;
