import { type HostFacts, PROGRAMS } from "../../../core/proxy-host/facts.ts";
import { PAM, SSHD_CONFIG } from "../../../core/proxy-host/layout.ts";
import { madeKey } from "../../made/access.ts";

/** The public line of the made host's own key. */
export const ownKey = madeKey("host");

/** A stock host with all that `prepare` needs, and what `more` says. */
export const madeFacts = (more: Partial<HostFacts> = {}): HostFacts => ({
  files: new Map([[PAM, { text: "auth required pam_unix.so\n", mode: 0o644, roots: true }]]),
  ours: [],
  passwd: "root:x:0:0:root:/root:/bin/bash\n",
  group: "root:x:0:\n",
  sshd: {
    settings: { ok: true, text: "usepam yes\nmaxstartups 10:30:100\n" },
    config: [{ path: SSHD_CONFIG, text: "Include /etc/ssh/sshd_config.d/*.conf\nUsePAM yes\n" }],
    hostKeys: [ownKey],
  },
  programs: new Set(PROGRAMS.keys()),
  systemd: "running",
  sshdPid: undefined,
  localPorts: "32768\t60999\n",
  reservedPorts: "\n",
  node: { path: "/usr/bin/node", version: "18.19.0", writable: [], strangers: [] },
  pamModules: new Set(["pam_exec.so"]),
  directories: new Map(),
  ...more,
});
