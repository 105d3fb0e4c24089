import { LONGEST_CLIENT_ID, LONGEST_LABEL } from "../names.ts";
import type { Realm, System } from "./model.ts";

/** Characters that a client id leaves for computer names; below one, no computer of the system could have any. */
export const roomInClientId = (system: string, realm: string, suffix: string): number =>
  LONGEST_CLIENT_ID - `.${system}.${realm}${suffix}`.length;

/** How long a computer's name may be in this system. */
export const roomForNames = (realm: Realm, system: System): number =>
  Math.min(LONGEST_LABEL, roomInClientId(system.name, realm.name, realm.clientIdSuffix));
