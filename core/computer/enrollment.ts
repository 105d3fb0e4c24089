import { type ComputerId, clientIdOf, formatId, LONGEST_CLIENT_ID, roleOf } from "../names.ts";
import { type Parsed, parsed, unparsed } from "../place.ts";
import { type Broker, proxyOf, type Realm, systemOf } from "../realm/realm.ts";
import { type EnrollParts, printEnrollForm } from "../submission/form.ts";
import type { Profile } from "./profile.ts";

/** The three attributes that a computer's certificate names, and nothing else. */
export interface SubjectName {
  readonly CN: string;
  readonly OU: string;
  readonly O: string;
}

/** One issue to open. */
export interface SubmissionText {
  readonly title: string;
  readonly body: string;
}

const MQTTS = 8883;

export const subjectNameOf = (id: ComputerId, clientIdSuffix: string): SubjectName => ({
  CN: clientIdOf(id, clientIdSuffix),
  OU: id.computer,
  O: id.system,
});

/** What a proof of possession signs (namespace `warren-enroll`): whose the computer is to be. */
export const proofText = (id: ComputerId, login: string): string => `${formatId(id)} ${login}\n`;

/** One issue of the form, or one a part: realms of the older kind read an SSH key and a request by themselves. */
export function submissionsOf(
  id: ComputerId,
  style: "form" | "split",
  parts: EnrollParts,
): readonly [SubmissionText, ...SubmissionText[]] {
  const title = (ending: string): string => `${formatId(id)}.${ending}`;
  if (style === "form") return [{ title: title("enroll"), body: printEnrollForm(parts) }];
  const { key, hostKeys = [], csr } = parts;
  return [
    { title: title("sshkey.pub"), body: `${key}\n` },
    ...(hostKeys.length === 0 ? [] : [{ title: title("hostkey.pub"), body: `${hostKeys.join("\n")}\n` }]),
    ...(csr === undefined ? [] : [{ title: title("x509.csr"), body: csr }]),
  ];
}

/** What this computer will keep of its realm, from realm.yaml alone. */
export function profileFrom(
  realm: Realm,
  id: ComputerId,
  device: NonNullable<Profile["device"]>,
): Parsed<Profile> {
  if (id.realm !== realm.name) return unparsed(`id ${formatId(id)} is of another realm than ${realm.name}`);
  const system = systemOf(realm, id.system);
  const proxy = system === undefined ? undefined : proxyOf(realm, system);
  if (proxy === undefined) {
    const names = realm.systems.map(({ name }) => name).join(", ");
    return unparsed(`system ${id.system} is not in realm.yaml, which has ${names}`);
  }
  const clientId = clientIdOf(id, realm.clientIdSuffix);
  if (clientId.length > LONGEST_CLIENT_ID) {
    return unparsed(`client id ${clientId} has ${clientId.length} characters; ${LONGEST_CLIENT_ID} at most`);
  }
  const { broker } = realm;
  return parsed({
    format: 1,
    id: formatId(id),
    repository: realm.repository.fullName,
    proxy: { host: proxy.host, port: proxy.port, hostKeys: proxy.hostKeys.map(({ line }) => line) },
    signers: realm.signers.map(({ line }) => line),
    ...(broker === undefined ? {} : { broker: { clientId, ...addressOf(broker) } }),
    ...(roleOf(id.computer) === "device" ? { device } : {}),
  });
}

function addressOf(broker: Broker): Omit<NonNullable<Profile["broker"]>, "clientId"> {
  const presence = broker.presence ? { presence: true as const } : {};
  if (broker.type === "mqtt") return { url: withPort(broker.url), ca: broker.ca, ...presence };
  return { url: withPort(`mqtts://${broker.endpoint}`), ...presence };
}

const withPort = (url: string): string => {
  const bare = url.replace(/\/+$/, "");
  return /:[0-9]+$/.test(bare) ? bare : `${bare}:${MQTTS}`;
};
