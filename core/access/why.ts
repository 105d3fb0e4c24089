import { formatId, parseComputerId } from "../names.ts";
import { printable, quoted } from "../quote.ts";
import { type Realm, type System, systemOf } from "../realm/realm.ts";
import type { AcceptedKey, ComputerRecord, Evidence } from "../registry/record.ts";
import type { Registry } from "../registry/registry.ts";
import { movedFrom } from "../registry/system-moves.ts";
import { isWithin, othersOn } from "./system-files.ts";

/** What befalls one key on one proxy. */
export interface KeyFate {
  readonly kind: "gains" | "loses" | "changes";
  /** `<computer>.<system>.<realm>`, where it is known. */
  readonly computer?: string;
  readonly fingerprint: string;
  readonly proxy: string;
}

/** Says why a key comes, goes or changes, for a terminal; undefined where the registry doesn't know. */
export type Why = (fate: KeyFate) => string | undefined;

/** Reads the reasons from the registry and the realm.yaml that the proxies are to follow. */
export function whyOf(registry: Registry, realm: Realm): Why {
  return ({ kind, computer, fingerprint, proxy }) => {
    const holder = registry.holderOf(fingerprint);
    const record = holder === undefined ? undefined : registry.get(holder);
    const key = record?.sshKeys.find((one) => one.fingerprint === fingerprint);
    if (record === undefined || key === undefined)
      return kind === "loses" ? whyGone(registry, computer, fingerprint) : undefined;
    if (computer !== undefined && formatId(record.id) !== computer && kind === "loses")
      return `${formatId(record.id)} holds it now: ${letIn(key.evidence)}`;
    const system = record.id.realm === realm.name ? systemOf(realm, record.id.system) : undefined;
    if (system === undefined)
      return `${record.id.realm === realm.name ? `system ${record.id.system}` : `realm ${record.id.realm}`} is not in realm.yaml`;
    if (system.proxy !== proxy) return `system ${system.name} moved to proxy ${system.proxy}`;
    if (kind === "loses") return whyNotHere(realm, system, record);
    if (kind === "changes") return successorOf(record, key);
    const from = movedFrom(registry, system, key.evidence.at);
    return from === undefined
      ? letIn(key.evidence)
      : `system ${system.name} moved here from proxy ${from}; ${letIn(key.evidence)}`;
  };
}

function letIn({ issue, rule, approvers }: Evidence): string {
  const by = approvers.map(({ login }) => login).join(", ");
  return printable(`issue ${issue}, ${rule}${by === "" ? "" : `, approved by ${by}`}`);
}

/** The key is in its computer's record, and the proxy is the system's. */
function whyNotHere(realm: Realm, system: System, { port }: ComputerRecord): string | undefined {
  if (port === undefined) return "it has no port";
  const other = othersOn(realm, system).find(({ ports }) => isWithin(ports, port));
  return other === undefined ? undefined : `port ${port} is in the range of system ${other.name}`;
}

/** The key has left its record: revoked with the whole computer, or by itself, when its time was up. */
function whyGone(registry: Registry, computer: string | undefined, fingerprint: string): string | undefined {
  const named = computer === undefined ? undefined : parseComputerId(computer);
  const id = registry.revokedFrom(fingerprint) ?? (named?.ok === true ? named.value : undefined);
  const record = id === undefined ? undefined : registry.get(id);
  const gone = record?.refused.find((one) => one.fingerprint === fingerprint);
  if (record === undefined || gone === undefined) return undefined;
  const revocation = record.history.find(({ kind, at }) => kind === "revoke" && at === gone.at);
  if (revocation === undefined) {
    const next = record.sshKeys.at(-1);
    return next === undefined
      ? `ended, and left the registry at ${gone.at}`
      : `replaced by ${next.fingerprint}: ${letIn(next.evidence)}`;
  }
  const { issue, by, reason } = revocation;
  const where = issue === undefined ? "" : ` in issue ${issue}`;
  return `revoked${where} by ${by === undefined ? "a sweep" : printable(by.login)}: ${quoted(reason)}`;
}

/** A key gets its end when its successor comes. */
function successorOf({ sshKeys }: ComputerRecord, key: AcceptedKey): string | undefined {
  const next = sshKeys[sshKeys.indexOf(key) + 1];
  return next === undefined || key.end === undefined ? undefined : `replaced by ${next.fingerprint}`;
}
