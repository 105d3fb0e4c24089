import { readFileSync } from "node:fs";
import { describe, expect, it } from "@jest/globals";
import fc from "fast-check";
import { permissionDocument, subjectsOf, trustDocument } from "../../../core/aws/role.ts";
import { roleNameOf } from "../../../core/aws/setup.ts";
import { LONGEST_POLICY, policyDocuments } from "../../../core/iot/policy.ts";
import { clientIdOf, LONGEST_CLIENT_ID, parseComputerId, parseRealmName } from "../../../core/names.ts";
import { type Realm, readRealm } from "../../../core/realm/realm.ts";
import { presenceTopic } from "../../../core/tunnel/messages.ts";

/** AWS's limits: "AWS IoT Core quotas", "IAM quotas", and those of GitHub's names. */
const TOPIC_BYTES = 256;
const TOPIC_SLASHES = 7;
const CLIENT_ID_BYTES = 128;
const TRUST_CHARACTERS = 2048;
const INLINE_CHARACTERS = 10_240;
const ROLE_NAME = 64;

const TEXT = readFileSync(new URL("../../../realm.yaml", import.meta.url), "utf8");
function realmNamed(name: string, suffix: string): Realm {
  const changed = TEXT.replace("realm: atlas", `realm: "${name}"`).replace(
    "clientIdSuffix: .tunnels.example.org",
    `clientIdSuffix: "${suffix}"`,
  );
  const read = readRealm(changed, "realm.yaml");
  if (!read.ok) throw new Error(JSON.stringify(read.problems));
  return read.realm;
}

const inner = fc.string({ unit: fc.constantFrom(..."abcxyz0189-"), maxLength: 30 });
const edge = fc.constantFrom(..."abcxyz0189");
const label = fc.tuple(edge, inner, edge).map((parts) => parts.join(""));
const region = fc.constantFrom("eu-central-1", "ap-southeast-1", "cn-northwest-1", "us-gov-east-1");
const bare = (document: unknown): number => JSON.stringify(document).replaceAll(/\s/g, "").length;

describe("whatever contracts allow as names", () => {
  it("gives policies and a role within AWS's limits", () => {
    fc.assert(
      fc.property(label, region, fc.boolean(), (name, region, presence) => {
        expect(parseRealmName(name).ok).toBe(true);
        const realm = realmNamed(name, ".t");
        const where = { region, account: "123456789012" };
        const told = realm.broker === undefined ? realm : { ...realm, broker: { ...realm.broker, presence } };
        const { device, controller } = policyDocuments(told, where);
        expect(bare(device)).toBeLessThanOrEqual(LONGEST_POLICY);
        expect(bare(controller)).toBeLessThanOrEqual(LONGEST_POLICY);
        expect(bare(permissionDocument(realm, where))).toBeLessThanOrEqual(INLINE_CHARACTERS);
        expect(roleNameOf(realm).length).toBeLessThanOrEqual(ROLE_NAME);
      }),
      { numRuns: 40 },
    );
  });

  it("gives a trust policy within IAM's limit, also with GitHub's longest names and largest ids", () => {
    const longest = `${"o".repeat(39)}/${"r".repeat(100)}`;
    const ids = { owner: Number.MAX_SAFE_INTEGER, repository: Number.MAX_SAFE_INTEGER };
    const trust = trustDocument(
      { region: "us-gov-west-1", account: "123456789012" },
      subjectsOf(longest, ids),
    );
    expect(JSON.stringify(trust).length).toBeLessThanOrEqual(TRUST_CHARACTERS);
  });

  it("gives topics and client ids within the broker's limits", () => {
    const [computer, system, realm] = ["c".repeat(32), "s".repeat(31), "r".repeat(32)];
    const id = parseComputerId(`${computer}.${system}.${realm}`);
    if (!id.ok) throw new Error(id.problem);
    const topic = presenceTopic(id.value);
    expect(Buffer.byteLength(topic)).toBeLessThanOrEqual(TOPIC_BYTES);
    expect(topic.split("/").length - 1).toBeLessThanOrEqual(TOPIC_SLASHES);
    // Such an id is refused for its client id long before AWS would.
    expect(clientIdOf(id.value, "").length).toBeGreaterThan(LONGEST_CLIENT_ID);
    expect(LONGEST_CLIENT_ID).toBeLessThanOrEqual(CLIENT_ID_BYTES);
  });
});
