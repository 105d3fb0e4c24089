import { GROUP, SESSION, UNIT } from "./layout.ts";
import type { Block } from "./marked-block.ts";
import { applyCommand } from "./sshd.ts";

/** PAM's session hook. The first line jumps over it for everybody else: a hook that fails locks nobody out but us. */
export const sessionBlock: Block = {
  lines: [
    `session [success=1 default=ignore] pam_succeed_if.so quiet user notingroup ${GROUP}`,
    `session required pam_exec.so quiet ${SESSION}`,
  ],
  place: "last",
};

/** One command line; no Defaults, of which sudo-rs knows few. */
export const sudoers = (syncUser: string, node: string): string =>
  [
    "# Written by `warren proxy prepare`: what a sync runs as root, and nothing else.",
    `${syncUser} ALL=(root) NOPASSWD: ${applyCommand(node)}`,
    "",
  ].join("\n");

/** Seconds. What the sweep waits for a client that is silent, 25 s, comes on top: within 45 s its port is free. */
export const SWEEP_EVERY = 15;

/** Ends sessions of keys whose time is up, and of silent clients; what a sync or a block removes ends at once. */
export const timer = `[Unit]
Description=End Warren's sessions whose key is not in force any more

[Timer]
OnBootSec=${SWEEP_EVERY}s
OnUnitActiveSec=${SWEEP_EVERY}s
AccuracySec=1s

[Install]
WantedBy=timers.target
`;

export const service = `[Unit]
Description=End Warren's sessions whose key is not in force any more

[Service]
Type=oneshot
ExecStart=${SESSION} sweep
NoNewPrivileges=yes
# Not a line in the journal every few seconds.
LogLevelMax=notice
`;

/**
 * For each port that a key may open, sshd sets as much memory aside as the rest of the key's line is long, and glibc asks
 * the kernel for it each time: mallopt(3), M_TOP_PAD, in bytes. 512 KiB is too little to help, and more than 1 MiB no
 * better. Pages that nobody writes to take no memory.
 */
export const sshdUnit = `# Written by \`warren proxy prepare\`: a controller that may reach 4,000 ports logs in sooner
# when sshd takes its memory from the kernel in larger pieces.
[Service]
Environment=MALLOC_TOP_PAD_=1048576
`;

export const TIMER_UNIT = `${UNIT}.timer`;
