import { existsSync } from "node:fs";
import { socketPath } from "../../core/computer/ssh-config.ts";
import type { Sharing } from "./desk.ts";
import { leaveShared } from "./shared.ts";

/** The connections that one command's questions share by a folder's sockets; without one, none. */
export class SharedConnections implements Sharing {
  readonly #sockets: () => string | undefined;
  #foundDead = false;

  constructor(sockets: () => string | undefined) {
    this.#sockets = sockets;
  }

  /** Whether the one to the proxy turned out to be dead. */
  get foundDead(): boolean {
    return this.#foundDead;
  }

  async stands(): Promise<boolean> {
    const sockets = this.#sockets();
    return sockets !== undefined && existsSync(socketPath(sockets));
  }

  async leave(): Promise<void> {
    this.#foundDead = true;
    const sockets = this.#sockets();
    if (sockets !== undefined) await leaveShared(sockets);
  }
}
