import { describe, expect, it } from "@jest/globals";
import { allows, type IotAction, type PolicySubject } from "../../../core/iot/evaluation.ts";
import { policyDocuments } from "../../../core/iot/policy.ts";
import { parseCertificateRequest } from "../../../core/keys/csr.ts";
import { parseComputerId } from "../../../core/names.ts";
import { subjectProblem } from "../../../core/submission/submission.ts";
import { realm } from "../../fixtures/people.ts";
import { type Making, makeCsr, OID, pemOf, subjectOf } from "../made-csr.ts";

/**
 * Each attack of docs/security.md on a request's subject, put to both gates: the reader of requests, which must refuse
 * every one, and the policies, as AWS would fill them in if a certificate of that subject existed. What a policy can't
 * hold by itself stands in the last column: there the reader is the only gate, and this test says so.
 */
const where = { region: "eu-central-1", account: "123456789012" };
const policies = policyDocuments(realm, where);
const SUFFIX = ".tunnels.example.org";
const CN = `333.hula.atlas${SUFFIX}`;
const parsed = parseComputerId("333.hula.atlas");
if (!parsed.ok) throw new Error(parsed.problem);
const own = parsed.value;

/** All that there is to gain: every computer's client id and topics, and filters over many. */
const COMPUTERS = [
  ["hula", "333"],
  ["hula", "334"],
  ["hula", "controller-a"],
  ["tern", "333"],
  ["tern", "boat"],
] as const;
const LEAVES = ["control", "state", "presence"];
const topics = COMPUTERS.flatMap(([system, computer]) =>
  LEAVES.map((leaf) => `atlas/${system}/${computer}/tunnel/${leaf}`),
);
const filters = [...topics, "#", "+/+/+/tunnel/control", "atlas/+/333/tunnel/control", "atlas/hula/#"];
const GAINS: readonly (readonly [IotAction, string])[] = [
  ...COMPUTERS.map(([system, name]) => ["iot:Connect", `client/${name}.${system}.atlas${SUFFIX}`] as const),
  ...filters.map((filter) => ["iot:Subscribe", `topicfilter/${filter}`] as const),
  ...topics.flatMap((topic) =>
    (["iot:Receive", "iot:Publish", "iot:RetainPublish"] as const).map(
      (action) => [action, `topic/${topic}`] as const,
    ),
  ),
];
type Subject = NonNullable<Making["subject"]>;
const gainedBy = (subject: PolicySubject, role: "device" | "controller"): readonly string[] =>
  GAINS.filter(([action, name]) =>
    allows([policies[role]], subject, action, `arn:aws:iot:eu-central-1:123456789012:${name}`),
  ).map(([action, name]) => `${action} ${name}`);

const seen = (commonName = CN, organizationalUnit = "333", organization = "hula"): PolicySubject => ({
  commonName,
  organizationalUnit,
  organization,
});
const honest = seen();
const cn = (text: string): readonly [Subject, PolicySubject] => [subjectOf(text, "333", "hula"), seen(text)];
const ou = (text: string): readonly [Subject, PolicySubject] => [subjectOf(CN, text, "hula"), seen(CN, text)];
const o = (text: string): readonly [Subject, PolicySubject] => [
  subjectOf(CN, "333", text),
  seen(CN, "333", text),
];
const base = subjectOf(CN, "333", "hula");
const CN2 = `334.hula.atlas${SUFFIX}`;

type Attack = readonly [name: string, made: readonly [Subject, PolicySubject], alone?: RegExp];

const ATTACKS: readonly Attack[] = [
  ["another's CN", cn(CN2), /^iot:Connect client\/334\.hula/],
  ["another's OU", ou("334"), /hula\/334\//],
  ["another's O", o("tern"), /atlas\/tern\//],
  ["two CN, its own first", [[...base, [[OID.CN, CN2]]], seen()]],
  ["two CN, another's first", [[[[OID.CN, CN2]], ...base], seen(CN2)], /^iot:Connect client\/334\.hula/],
  ["two O, another's first", [[[[OID.O, "tern"]], ...base], seen(CN, "333", "tern")], /atlas\/tern\//],
  ["two OU, another's first", [[[[OID.OU, "334"]], ...base], seen(CN, "334")], /hula\/334\//],
  ["no O", [base.slice(0, 2), seen(CN, "333", "")]],
  ...["*", "+", "#", "$", "?", "333*", "+/+", `$${"{iot:ClientId}"}`].flatMap((text): readonly Attack[] => [
    [`${text} for CN`, cn(text)],
    [`${text} for OU`, ou(text)],
    [`${text} for O`, o(text)],
  ]),
  ["* at the end of its CN", cn(`${CN}*`)],
  ["/ in its O", o("hula/333")],
  ["/ and a whole topic in its O", o("hula/334/tunnel/control")],
  ["/ in its OU", ou("334/tunnel/control/333")],
  ["/ in its CN", cn(`${CN}/334`)],
  ["a level above in its O", o("../tern")],
  ["NUL in its O", o("hula\0tern")],
  ["NUL in its CN", cn(`${CN}\0`)],
  ["a look-alike in its O", o("hul\u0430")],
  ["full-width digits in its OU", ou("\uff13\uff13\uff14")],
  ["upper case", cn(CN.toUpperCase())],
];

describe.each(ATTACKS)("a request with %s", (_name, [subject, asAwsSees], alone) => {
  it("is refused before anything is signed", () => {
    const read = parseCertificateRequest(pemOf(makeCsr({ subject })));
    expect(read.ok ? subjectProblem(read.value, own, SUFFIX) : read.problem).toEqual(expect.any(String));
  });

  it.each(["device", "controller"] as const)(
    "would gain nothing as a %s beyond its own, or what is said here",
    (role) => {
      const before = gainedBy(honest, role);
      const beyond = gainedBy(asAwsSees, role).filter((gain) => !before.includes(gain));
      if (alone === undefined) expect(beyond).toEqual([]);
      else for (const gain of beyond) expect(gain).toMatch(alone);
    },
  );
});

describe("the attacks", () => {
  it("are measured against something: the honest have what they need, and the policies alone don't hold every attack", () => {
    expect(gainedBy(honest, "device")).toEqual([
      `iot:Connect client/${CN}`,
      "iot:Subscribe topicfilter/atlas/hula/333/tunnel/control",
      "iot:Receive topic/atlas/hula/333/tunnel/control",
      "iot:Publish topic/atlas/hula/333/tunnel/state",
      "iot:Publish topic/atlas/hula/333/tunnel/presence",
      "iot:RetainPublish topic/atlas/hula/333/tunnel/presence",
    ]);
    const unheld = ATTACKS.filter(([, [, subject]]) =>
      gainedBy(subject, "device").some((gain) => !gainedBy(honest, "device").includes(gain)),
    );
    expect(unheld.map(([name]) => name)).toEqual(
      ATTACKS.filter(([, , alone]) => alone !== undefined).map(([name]) => name),
    );
  });
});
