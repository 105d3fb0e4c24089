/** A connection to the realm's broker as one computer. */
export interface Bus {
  /** `retained`: the broker keeps it for who subscribes later. */
  publish(topic: string, payload: string, how?: "retained"): Promise<void>;
  /** Resolves once the broker has granted the subscription. A `+` in it stands for any one level. */
  subscribe(topic: string, heard: (payload: string, topic: string) => void): Promise<void>;
  /** Nobody waits for it. */
  unsubscribe(topic: string, heard: (payload: string, topic: string) => void): void;
  close(): Promise<void>;
}

/** Lends a computer's one connection to the broker, which all that it does shares. */
export interface BusLender {
  lend<T>(work: (bus: Bus) => Promise<T>): Promise<T>;
}
