/** Whether the app does its work, told by when it last got through to GitHub and to a registry. */
export class Health {
  readonly #patienceMs: number;
  #reachedAt: number | undefined;
  #stopping = false;

  constructor(sweepSeconds: number) {
    // Two sweeps may fail before anyone is woken.
    this.#patienceMs = (2 * sweepSeconds + 60) * 1000;
  }

  /** Realm and registry were read. */
  reached(): void {
    this.#reachedAt = performance.now();
  }

  stopping(): void {
    this.#stopping = true;
  }

  get isStopping(): boolean {
    return this.#stopping;
  }

  /** Undefined: ready; otherwise why not. */
  get trouble(): string | undefined {
    if (this.#stopping) return "stopping";
    if (this.#reachedAt === undefined) return "GitHub and the registry were not reached yet";
    const age = performance.now() - this.#reachedAt;
    return age <= this.#patienceMs
      ? undefined
      : `GitHub and the registry were last reached ${Math.round(age / 1000)} s ago`;
  }
}
