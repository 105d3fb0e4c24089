import type { Profile } from "../../core/computer/profile.ts";
import { penalizesTunnel } from "../../core/computer/tunnel-penalties.ts";
import { Failure } from "../../core/failure.ts";
import type { Network } from "../../core/inspection.ts";
import { expiryOf } from "../../core/keys/certificate-validity.ts";
import { parseComputerId } from "../../core/names.ts";
import type { ProxyDesk } from "../../core/ports/computer.ts";
import type { SshdFacts } from "../../core/proxy-host/facts.ts";
import { type DirectoryPorts, freshDirectory, knownDirectory } from "../known-directory.ts";
import { type Check, couldNotLook, type Finding, ok, problem } from "./check.ts";
import { endFinding } from "./ends.ts";
import { brokerAddress, brokerCheck, type HostPorts, pinFindings } from "./hosts.ts";

/** A computer that is enrolled here, as far as its folder says. */
export interface EnrolledComputer extends DirectoryPorts {
  readonly profile: Profile;
  readonly folder: string;
  /** Its files that others may read, and the folder itself, with their modes: `[…/identity, 0o644]`. */
  open(): Promise<readonly (readonly [path: string, mode: number])[]>;
  readonly desk: ProxyDesk;
  /** PEM of the one by which it reaches the broker; undefined where there is none. */
  certificate(): Promise<string | undefined>;
  /** What a device's own sshd does (`sshd -T`), or why it didn't say; left out where that is not for this account to ask. */
  readonly sshd?: () => Promise<SshdFacts["settings"]>;
}

const EXEMPT = "/etc/ssh/sshd_config.d/10-tunnel.conf";

/** Everything about one computer, by its id. */
export function computerChecks(ports: HostPorts, computer: EnrolledComputer): readonly Check[] {
  const { network, now } = ports;
  const { profile } = computer;
  const { broker } = profile;
  const { sshd } = computer;
  return [
    { name: `${profile.id} files`, run: () => fileFindings(computer) },
    { name: `${profile.id} proxy`, run: () => proxyFindings(network, computer) },
    { name: `${profile.id} directory`, run: () => directoryFindings(computer) },
    ...(broker === undefined
      ? []
      : [{ name: `${profile.id} certificate`, run: () => certificateFindings(computer, now()) }]),
    ...(sshd === undefined ? [] : [{ name: `${profile.id} sshd`, run: () => sshdFindings(sshd) }]),
    brokerCheck(
      ports,
      `${profile.id} broker`,
      broker === undefined ? undefined : brokerAddress(broker.url, broker.ca),
    ),
  ];
}

async function fileFindings({ folder, open }: EnrolledComputer): Promise<readonly Finding[]> {
  const found = await open();
  return found.length === 0
    ? [ok(`nobody else reads ${folder}`)]
    : found.map(([path, mode]) =>
        problem(`${path} has mode ${mode.toString(8)}: others can read it`, `chmod go= ${path}`),
      );
}

/** Its own, which only its realm's admins could tell otherwise. */
async function certificateFindings(computer: EnrolledComputer, now: Date): Promise<readonly Finding[]> {
  const { id } = computer.profile;
  const pem = await computer.certificate();
  const ends = pem === undefined ? undefined : expiryOf(pem);
  if (ends === undefined) {
    const what = pem === undefined ? "there is no x509.pem" : "x509.pem holds no certificate";
    return [problem(`${what} in ${computer.folder}`, `warren enroll ${id} goes on where it stopped`)];
  }
  return [endFinding("the certificate for the broker", ends, now, `warren enroll --rotate ${id}`)];
}

async function sshdFindings(sshd: NonNullable<EnrolledComputer["sshd"]>): Promise<readonly Finding[]> {
  const settings = await sshd();
  if (!settings.ok) return [couldNotLook(new Failure("unavailable", `sshd -T fails: ${settings.says}`))];
  return [
    penalizesTunnel(settings.text)
      ? problem(
          "a few failed logins through the tunnel make this device's sshd shut everybody out of it",
          `write "PerSourcePenaltyExemptList 127.0.0.1,::1" into ${EXEMPT}, and reload sshd`,
        )
      : ok("failed logins through the tunnel shut nobody else out"),
  ];
}

async function proxyFindings(network: Network, computer: EnrolledComputer): Promise<readonly Finding[]> {
  const { profile } = computer;
  const known = await knownDirectory(computer, pinnedOf(profile));
  const { findings } = await pinFindings(network, known?.proxy ?? profile.proxy, {
    unreachable: "check this computer's network; if the proxy itself is down, tell the realm's admins",
    stranger: () => "connect to nothing; ask the realm's admins whether they changed the proxy's host key",
  });
  return findings;
}

/** Asks the proxy, as this computer: it must know its key, and serve a directory that the realm signed. */
async function directoryFindings(computer: EnrolledComputer): Promise<readonly Finding[]> {
  const pinned = pinnedOf(computer.profile);
  const known = await knownDirectory(computer, pinned);
  try {
    // Kept nowhere: a doctor changes nothing.
    const store = { load: () => computer.store.load(), save: async () => {} };
    const fresh = await freshDirectory({ ...computer, store }, computer.desk, pinned, known);
    const held = known === undefined ? "none is kept here yet" : `${known.sequence} is kept here`;
    return [ok(`the proxy serves the signed directory ${fresh.sequence}; ${held}`)];
  } catch (error) {
    if (!(error instanceof Failure)) return [couldNotLook(error)];
    const fix = `warren enroll ${computer.profile.id} goes on where it stopped; or ask the realm's admins for warren explain ${computer.profile.id}`;
    return [problem(error.message, error.hint ?? fix)];
  }
}

function pinnedOf({ id, signers }: Profile) {
  const read = parseComputerId(id);
  if (!read.ok) throw new Failure("usage", read.problem);
  return { id: read.value, signers };
}
