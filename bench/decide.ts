import { generateKeyPairSync } from "node:crypto";
import { readFileSync } from "node:fs";
import { decide } from "../core/decision/decide.ts";
import { Registry } from "../core/registry/registry.ts";
import type { Issue } from "../core/submission/issue.ts";
import { makeCsr, pemOf, subjectOf } from "../test/core/made-csr.ts";
import { sshKeyOf } from "../test/fixtures/made-keys.ts";
import { rateOf } from "./rate.ts";
import { issueOf, largeRealm, NOW, records } from "./world.ts";

const TIMES = 1000;
const realm = largeRealm();
const registry = Registry.of(1, records());

const sshIssues = Array.from({ length: TIMES }, (_, i) =>
  issueOf(i + 1, `n${i}.s${i % 50}.atlas.sshkey.pub`, sshKeyOf(`new ${i}`)),
);
const csrIssues = (curve: string, times: number): Issue[] =>
  Array.from({ length: times }, (_, i) => {
    const [computer, system] = [`n${i}`, `s${i % 50}`];
    const subject = subjectOf(`${computer}.${system}.atlas.tunnels.example.org`, computer, system);
    const keys = curve === "rsa" ? rsaPair(i) : generateKeyPairSync("ec", { namedCurve: curve });
    return issueOf(i + 1, `${computer}.${system}.atlas.x509.csr`, pemOf(makeCsr({ subject, keys })));
  });
const pairs = [0, 1, 2].map(() => generateKeyPairSync("rsa", { modulusLength: 2048 }));
function rsaPair(index: number) {
  const pair = pairs[index % pairs.length];
  if (pair === undefined) throw new Error("no pair");
  return pair;
}

const kind = (kinds: readonly Issue[], wanted: string) => (index: number) => {
  const issue = kinds[index % kinds.length];
  if (issue === undefined) throw new Error("no issue");
  const decision = decide({ realm, registry, issue, isMember: () => false, proven: false, now: NOW });
  if (decision.kind !== wanted) throw new Error(JSON.stringify(decision));
};

const keys: { line: string }[] = JSON.parse(readFileSync("test/fixtures/ssh-keys.json", "utf8"));
const ofType = (type: string): Issue[] => {
  const found = keys.find(({ line }) => line.startsWith(`${type} `));
  return [issueOf(1, "n1.s1.atlas.sshkey.pub", found?.line ?? "")];
};

rateOf("SSH ed25519, parsed and decided", TIMES, 3000, kind(sshIssues, "grant"));
rateOf("SSH ECDSA P-256", TIMES, 3000, kind(ofType("ecdsa-sha2-nistp256"), "grant"));
rateOf("SSH ECDSA P-384", TIMES, 3000, kind(ofType("ecdsa-sha2-nistp384"), "grant"));
rateOf("CSR P-256, parsed, verified and decided", TIMES, 1000, kind(csrIssues("P-256", TIMES), "grant"));
rateOf("CSR RSA 2048", 300, 1000, kind(csrIssues("rsa", 300), "grant"));
rateOf("CSR P-384 (OpenSSL's own check takes most)", 300, undefined, kind(csrIssues("P-384", 300), "grant"));
