import { createHash } from "node:crypto";
import { type Realm, readRealm } from "../core/realm/realm.ts";
import type { ComputerRecord } from "../core/registry/record.ts";
import { readRecord } from "../core/registry/record-file.ts";
import type { Account, Issue } from "../core/submission/issue.ts";
import { instantOf } from "../core/time.ts";
import { sshKeyOf } from "../test/fixtures/made-keys.ts";

/** A large realm: 50 systems behind five proxies, 2,000 computers in each. */

export const alice: Account = { id: 583231, login: "alice" };
export const NOW = instantOf(new Date("2026-11-21T09:00:00Z"));
export const SYSTEMS = 50;
export const COMPUTERS = 2000;
const PROXIES = 5;
const PORTS = 2500;
const SUBMITTERS = 200;
const REALM_COMMITS = 400;

export function largeRealm(): Realm {
  const proxies = Array.from({ length: PROXIES }, (_, i) =>
    [
      `  p${i}:`,
      `    host: p${i}.example.org`,
      "    port: 22",
      `    hostKeys: [${sshKeyOf(`proxy ${i}`)}]`,
      "    syncUser: warren-sync",
    ].join("\n"),
  );
  const systems = Array.from({ length: SYSTEMS }, (_, i) => {
    const first = 10_000 + Math.floor(i / PROXIES) * PORTS;
    return [
      `  s${i}:`,
      `    proxy: p${i % PROXIES}`,
      `    ports: ${first}-${first + PORTS - 1}`,
      "    allocate: next",
      "    login: [atlas]",
      "    trust:",
      "      - { who: [alice], may: [device, controller], then: grant }",
    ].join("\n");
  });
  const text = `realm: atlas
repository: wildlife/atlas
clientIdSuffix: .tunnels.example.org
people: { alice: 583231 }
admins: [alice]
proxies:
${proxies.join("\n")}
signers: [${sshKeyOf("signer")}]
broker:
  type: aws-iot
  endpoint: example-ats.iot.eu-central-1.amazonaws.com
  region: eu-central-1
  policies: { device: tunnel.target, controller: tunnel.controller }
systems:
${systems.join("\n")}
rotation: { overlap: 7d }
`;
  const read = readRealm(text, "realm.yaml");
  if (!read.ok) throw new Error(JSON.stringify(read.problems));
  return read.realm;
}

/**
 * The file of one computer, as large as a real one: key, host key and certificate. Everything is its own but the submitter
 * and the commit of realm.yaml: a realm has some hundreds of each.
 */
export function recordText(system: number, computer: number): { path: string; text: string } {
  const name = `${system}/${computer}`;
  const issue = system * COMPUTERS + computer + 1;
  const submitter = (issue * 7) % SUBMITTERS;
  const evidence = {
    issue,
    digest: `sha256:${hex(`digest ${name}`)}`,
    submitter: { id: alice.id + submitter, login: submitter === 0 ? alice.login : `field-${submitter}` },
    approvers: [],
    rule: `systems.s${system}.trust[0]`,
    realmCommit: hex(`commit ${(issue * 11) % REALM_COMMITS}`).slice(0, 40),
    at: instantOf(new Date(Date.parse(NOW) - issue * 60_000)),
  };
  const key = (words: string) => ({
    key: `ssh-ed25519 ${blob(words).toString("base64")}`,
    fingerprint: `SHA256:${createHash("sha256").update(blob(words)).digest("base64").slice(0, 43)}`,
    evidence,
  });
  const pem = (
    createHash("shake256", { outputLength: 580 })
      .update(name)
      .digest("base64")
      .match(/.{1,64}/g) ?? []
  ).join("\n");
  const file = {
    format: 1,
    computer: `c${computer}.s${system}.atlas`,
    sequence: 1,
    port: 10_000 + Math.floor(system / PROXIES) * PORTS + computer,
    sshKeys: [key(`key ${name}`)],
    hostKeys: [key(`host ${name}`)],
    certificates: [
      {
        certificate: hex(`certificate ${name}`),
        arn: `arn:aws:iot:eu-central-1:123456789012:cert/${hex(`certificate ${name}`)}`,
        pem: `-----BEGIN CERTIFICATE-----\n${pem}\n-----END CERTIFICATE-----\n`,
        csrSha256: hex(`csr ${name}`),
        keySha256: hex(`spki ${name}`),
        evidence,
      },
    ],
    refused: [],
    history: [],
  };
  return { path: `s${system}/c${computer}.json`, text: `${JSON.stringify(file, null, 2)}\n` };
}

export function* recordTexts(): Iterable<{ path: string; text: string }> {
  for (let system = 0; system < SYSTEMS; system++)
    for (let computer = 0; computer < COMPUTERS; computer++) yield recordText(system, computer);
}

export function* records(): Iterable<ComputerRecord> {
  for (const { path, text } of recordTexts()) {
    const read = readRecord(text, path);
    if (!read.ok) throw new Error(read.problem);
    yield read.value;
  }
}

export const issueOf = (number: number, title: string, body: string): Issue => ({
  repositoryId: 1,
  number,
  author: alice,
  title,
  body,
  createdAt: NOW,
  open: true,
  viaApp: false,
  history: { kind: "known", edits: [] },
  comments: [],
});

const hex = (words: string): string => createHash("sha256").update(words).digest("hex");

/** The length and the head of an ed25519 key; nobody's point. */
const blob = (words: string): Buffer =>
  Buffer.concat([
    Buffer.from("0000000b7373682d6564323535313900000020", "hex"),
    createHash("sha256").update(words).digest(),
  ]);
