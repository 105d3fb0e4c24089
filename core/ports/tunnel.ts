import type { PinnedProxy } from "../computer/ssh-config.ts";

/** Where a device's tunnel ends: its own port on the loopback of its proxy. */
export interface TunnelTarget {
  readonly proxy: PinnedProxy;
  readonly port: number;
}

/** The one supervised reverse tunnel of a device. */
export interface TunnelProcess {
  /**
   * Opens, and resolves once the device has seen its own sshd's banner through it. Throws a failure: `refused` if the
   * proxy won't let it listen there (an older tunnel may hold the port), `unavailable` otherwise.
   */
  open(target: TunnelTarget): Promise<void>;
  /** May be repeated; an `open` under way is given up. */
  close(): Promise<void>;
  /** Whether a connection lives in it at this moment. */
  busy(): Promise<boolean>;
  /** Called when it went down without `close`. */
  onDown(heard: (why: string) => void): void;
}
