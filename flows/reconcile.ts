import type { CertificateSummary } from "../core/ports/certificates.ts";
import type { Snapshot } from "../core/ports/registry.ts";
import type { Realm } from "../core/realm/realm.ts";
import { readRealmFile } from "../core/realm/realm-file.ts";
import { type CertificateStep, isOrphan, planCertificates } from "../core/registry/certificate-steps.ts";
import type { LifePlan, Oddity, RecordChange } from "../core/registry/life.ts";
import type { SystemChange } from "../core/registry/system-moves.ts";
import type { Instant } from "../core/time.ts";
import type { AdmitPorts, Admitted } from "./admit.ts";
import { lifeOf } from "./life.ts";
import { recordSystems } from "./record-systems.ts";
import { type Swept, sweep } from "./sweep.ts";

export interface ReconcileOptions {
  readonly since?: Instant;
  /** Plans and changes nothing; issues are not swept. */
  readonly dryRun?: boolean;
  readonly saw?: (issue: number, admitted: Admitted) => void;
  /** Told of each thing before it is done. */
  readonly tell?: (line: string) => void;
}

export interface Reconciled {
  readonly swept: Swept;
  /** What was, or by a dry run would be, changed in the registry. */
  readonly changes: readonly RecordChange[];
  /** What it remembers of realm.yaml. */
  readonly systems: readonly SystemChange[];
  readonly certificates: readonly CertificateStep[];
  readonly oddities: readonly Oddity[];
}

/** A CA of the realm's own keeps no books: what the registry says of its certificates is all there is. */
const hasService = ({ broker }: Realm): boolean => broker?.type === "aws-iot";

/** A commit holds no more: GitHub takes some megabytes at once. */
const MOST_RECORDS = 1000;

/** Issues, registry and certificate service, in this order: whatever was left half done is done after it. */
export async function reconcile(ports: AdmitPorts, options: ReconcileOptions = {}): Promise<Reconciled> {
  const { since, dryRun = false, saw, tell = () => undefined } = options;
  const swept = dryRun ? NOTHING_SWEPT : await sweep(ports, since, saw);
  const { realm } = readRealmFile(await ports.realm.head());
  const { snapshot, changes: systems } = await recordSystems(ports, realm, dryRun);
  for (const { why } of systems) tell(why);
  const life = await repairRegistry(ports, realm, snapshot, { dryRun, tell });
  const certificates = hasService(realm) ? await repairCertificates(ports, realm, dryRun, tell) : [];
  return { swept, changes: life.changes, systems, oddities: life.oddities, certificates };
}

const NOTHING_SWEPT: Swept = { admitted: 0, settled: 0, failed: [], cursor: undefined };

/** Plans again after every conflict; several records go into one commit. */
async function repairRegistry(
  ports: AdmitPorts,
  realm: Realm,
  first: Snapshot,
  { dryRun, tell }: { readonly dryRun: boolean; readonly tell: (line: string) => void },
): Promise<LifePlan> {
  const done: RecordChange[] = [];
  for (let snapshot = first; ; ) {
    const plan = await lifeOf(ports, realm, snapshot.registry);
    const changes = plan.changes.slice(0, MOST_RECORDS);
    if (dryRun || changes.length === 0) return { ...plan, changes: [...done, ...plan.changes] };
    // The end in the record took the access away long ago; so nobody misses the certificate meanwhile.
    for (const { kind, certificates } of changes) {
      if (kind === "ended" && hasService(realm))
        for (const one of certificates) await ports.certificates.remove(one);
    }
    const records = changes.map(({ record }) => record);
    const committed = await ports.registry.commit(snapshot, { records, message: messageOf(changes) });
    if (committed.kind === "conflict") {
      snapshot = await ports.registry.snapshot(snapshot);
      continue;
    }
    snapshot = committed.snapshot;
    for (const change of changes) {
      tell(change.why);
      done.push(change);
    }
  }
}

function messageOf(changes: readonly RecordChange[]): string {
  const [first] = changes;
  if (changes.length === 1 && first !== undefined)
    return `${first.id.system}/${first.id.computer}: ${first.kind === "left" ? "revoke, who enrolled it left" : "drop what ended"}`;
  return `registry: drop what ended or left, ${changes.length} computers`;
}

async function repairCertificates(
  ports: AdmitPorts,
  realm: Realm,
  dryRun: boolean,
  tell: (line: string) => void,
): Promise<readonly CertificateStep[]> {
  const listed: CertificateSummary[] = [];
  for await (const summary of ports.certificates.list()) listed.push(summary);
  // Read after the listing: what was committed meanwhile is in it.
  const { registry } = await ports.registry.snapshot();
  const done: CertificateStep[] = [];
  for (const planned of planCertificates(realm, registry, listed, ports.clock.now())) {
    const step = await judged(ports, realm, planned);
    if (step === undefined) continue;
    done.push(step);
    tell(`certificate ${step.certificate.slice(0, 12)}: ${step.why}`);
    if (dryRun) continue;
    if (step.do === "remove") await ports.certificates.remove(step.certificate, step.also);
    if (step.do === "activate") await ports.certificates.activate(step.certificate);
  }
  return done;
}

async function judged(ports: AdmitPorts, realm: Realm, step: CertificateStep) {
  if (step.do !== "inspect") return step;
  const { certificate } = step;
  const described = await ports.certificates.describe(certificate);
  if (described === undefined || !isOrphan(realm, described)) return undefined;
  return { do: "remove", certificate, why: "no record names it, and it was never active" } as const;
}
