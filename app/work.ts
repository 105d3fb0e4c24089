import * as z from "zod";
import type { ForgeClient, Repository } from "../adapters/github/client.ts";
import { HookDeliveries } from "../adapters/github/deliveries.ts";
import { Forge } from "../adapters/github/forge.ts";
import { startSync } from "../adapters/github/sync-start.ts";
import { wireAdmission, wireCheck } from "../adapters/wire.ts";
import { Failure } from "../core/failure.ts";
import type { Instant } from "../core/time.ts";
import { type AdmitPorts, type Admitted, admit } from "../flows/admit.ts";
import { checkPull } from "../flows/check.ts";
import { type Reconciled, reconcile } from "../flows/reconcile.ts";
import type { DeliveryLog } from "./missed-deliveries.ts";

/** What the app does, of whatever repository; `repository` is `owner/name`. */
export interface Work {
  admit(repository: string, issue: number): Promise<Admitted>;
  /** Issues, registry and certificates. */
  sweep(repository: string, since: Instant | undefined, saw: Saw): Promise<Reconciled>;
  /** Those that the App is installed on and that may hold a realm. */
  repositories(): Promise<readonly string[]>;
  /** Starts what brings the proxies in line with realm.yaml and registry. */
  announce(repository: string): Promise<void>;
  /** What GitHub could not hand over. */
  deliveryLog(): Promise<DeliveryLog>;
  /** Checks a pull request, read anew by its number; "postponed": another time. Left out: nobody does. */
  onPullRequest?(repository: string, number: number): Promise<"checked" | "postponed">;
  /** The open pull requests that touch realm.yaml: what they would do turns on the default branch and the registry. */
  pullRequests?(repository: string): Promise<readonly number[]>;
  /** The App was installed anew or elsewhere: what was known of installations is void. */
  forget(): void;
}

export type Saw = (issue: number, admitted: Admitted) => void;

export interface RealmWorkOptions {
  /** A client for an installation or, without one, for the App itself. */
  readonly clientFor: (installation?: number) => Promise<ForgeClient>;
  readonly appId: number;
  readonly only?: Repository;
  /** PEM of the key of the realm's own CA. */
  readonly caKey?: string | undefined;
  /** Told whenever a registry was read: then GitHub can be reached, whatever else can't. */
  readonly reached?: () => void;
}

const installation = z.object({ id: z.number() });
const repositories = z.object({ repositories: z.array(z.object({ full_name: z.string() })) });
const MOST_INSTALLATIONS = 10_000;

/** Both read one registry, of which the last snapshot is kept. */
interface Ports {
  readonly admission: AdmitPorts;
  readonly check: ReturnType<typeof wireCheck>;
}

/** The flows, wired to GitHub. A repository's ports are kept: they remember the registry's last snapshot. */
export class RealmWork implements Work {
  readonly #options: RealmWorkOptions;
  readonly #ports = new Map<string, Promise<Ports>>();

  constructor(options: RealmWorkOptions) {
    this.#options = options;
  }

  async admit(repository: string, issue: number): Promise<Admitted> {
    return admit((await this.#portsOf(repository)).admission, issue);
  }

  async sweep(repository: string, since: Instant | undefined, saw: Saw): Promise<Reconciled> {
    const { admission } = await this.#portsOf(repository);
    return reconcile(admission, { saw, ...(since === undefined ? {} : { since }) });
  }

  async onPullRequest(repository: string, number: number): Promise<"checked" | "postponed"> {
    const checked = await checkPull((await this.#portsOf(repository)).check, number);
    // The pull request was told so; the queue tries again.
    if (checked.kind === "later") throw new Failure("unavailable", checked.why);
    return checked.kind === "postponed" ? "postponed" : "checked";
  }

  async pullRequests(repository: string): Promise<readonly number[]> {
    return (await this.#portsOf(repository)).check.pulls.touching();
  }

  async announce(fullName: string): Promise<void> {
    const { client, repository } = await this.#clientOf(fullName);
    await startSync(client, repository);
  }

  async deliveryLog(): Promise<DeliveryLog> {
    return new HookDeliveries(await this.#options.clientFor());
  }

  async repositories(): Promise<readonly string[]> {
    const { only, clientFor } = this.#options;
    if (only !== undefined) return [`${only.owner}/${only.repo}`];
    const app = new Forge(await clientFor());
    const installations = await app.list(
      "GET /app/installations",
      {},
      z.array(installation),
      MOST_INSTALLATIONS,
    );
    const names: string[] = [];
    for (const { id } of installations) {
      const forge = new Forge(await clientFor(id));
      for (let page = 1, more = true; more; page += 1) {
        const some = await forge.get("GET /installation/repositories", { per_page: 100, page }, repositories);
        names.push(...some.repositories.map(({ full_name }) => full_name));
        more = some.repositories.length === 100;
      }
    }
    return names;
  }

  forget(): void {
    this.#ports.clear();
  }

  #portsOf(repository: string): Promise<Ports> {
    const known = this.#ports.get(repository);
    if (known !== undefined) return known;
    const wired = this.#wire(repository);
    this.#ports.set(repository, wired);
    wired.catch(() => this.#ports.delete(repository));
    return wired;
  }

  async #wire(fullName: string): Promise<Ports> {
    const { client, repository } = await this.#clientOf(fullName);
    const { appId, caKey, reached = () => undefined } = this.#options;
    const of = { client, repository, self: { appId } };
    const ports = wireAdmission({ ...of, caKey });
    const registry: AdmitPorts["registry"] = {
      commit: (expected, change) => ports.registry.commit(expected, change),
      snapshot: async (since) => {
        const snapshot = await ports.registry.snapshot(since);
        reached();
        return snapshot;
      },
    };
    return { admission: { ...ports, registry }, check: { ...wireCheck(of), registry } };
  }

  async #clientOf(fullName: string): Promise<{ client: ForgeClient; repository: Repository }> {
    const [owner = "", repo = ""] = fullName.split("/");
    const { clientFor } = this.#options;
    const app = new Forge(await clientFor());
    const found = await app.find("GET /repos/{owner}/{repo}/installation", { owner, repo }, installation);
    if (found === undefined) {
      throw new Failure("refused", `repository ${fullName} has no installation of the App`, {
        hint: `install the App on ${fullName}`,
      });
    }
    return { client: await clientFor(found.id), repository: { owner, repo } };
  }
}
