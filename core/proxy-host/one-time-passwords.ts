import { DEVICE, FOLDER, GROUP } from "./layout.ts";
import type { Block } from "./marked-block.ts";

/** Debian's libpam-oath. It knows accounts, so a system's controllers share one secret. */
export const OATH = `pam_oath.so usersfile=${FOLDER}/oath window=20`;

/** A module's file name and its arguments, as pam.conf(5) has them; brackets and line ends have no place here. */
export const isPamModule = (text: string): boolean =>
  /^(\/[\w./-]+\/)?pam_\w+\.so( [\w./:=,-]+)*$/.test(text);

/**
 * Comes before all else in PAM's auth stack; `module` says whether a code is right. Its lines do nothing in pam_setcred,
 * which sshd calls for everybody and where the jumps are not taken: pam_succeed_if and pam_exec answer PAM_IGNORE
 * there. With pam_deny as the last word nobody could log in any more.
 */
export const passwordBlock = (module: string): Block => ({
  name: "one-time passwords",
  lines:
    module === ""
      ? []
      : [
          `auth [success=4 default=ignore] pam_succeed_if.so quiet user notingroup ${GROUP}`,
          `auth [success=done default=ignore] pam_exec.so quiet ${DEVICE}`,
          `auth [success=1 default=ignore] ${module}`,
          `auth [ignore=ignore default=die] pam_succeed_if.so quiet user notingroup ${GROUP}`,
          `auth [success=done default=ignore] pam_succeed_if.so quiet user ingroup ${GROUP}`,
        ],
  place: "first",
});
