import type { Settings } from "../proxy-host/steps.ts";

/** sshd takes the first value that it finds: before what a distribution's own drop-ins say. */
export const passwordFile = (id: string): string => `/etc/ssh/sshd_config.d/10-warren-password-${id}.conf`;

/** Behind a key alone: who has none is not even asked. */
export const PASSWORD_TOO: Settings = [
  ["AuthenticationMethods", "publickey,password"],
  ["PasswordAuthentication", "yes"],
];

/** The text of sshd_config.d's file that has a device's sshd ask for a password beside the key. */
export const passwordDropIn = (id: string, accounts: readonly string[]): string =>
  [
    `# Written by \`warren authorize --require-password\` for ${id}; --no-require-password takes it away.`,
    `Match User ${accounts.join(",")}`,
    ...PASSWORD_TOO.map(([keyword, value]) => `  ${keyword} ${value}`),
    "Match all",
    "",
  ].join("\n");

/** Whether `passwd -S` says that an account has a password that may be used: shadow's `P`, and `PS` of others. */
export const hasPassword = (says: string): boolean => /^\S+ PS? /.test(says);
