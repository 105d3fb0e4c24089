import { readFileSync } from "node:fs";
import { describe, expect, it } from "@jest/globals";
import { formatProblem } from "../../../core/place.ts";
import { adminsOf, readRealm, systemOf } from "../../../core/realm/realm.ts";
import { printRealmSchema } from "../../../core/realm/schema.ts";

const read = (path: string): string => readFileSync(new URL(`../../../${path}`, import.meta.url), "utf8");
const example = read("realm.yaml");
const problemsOf = (text: string): readonly string[] => {
  const realm = readRealm(text, "r.yaml");
  return realm.ok ? [] : realm.problems.map(formatProblem);
};

const KEY = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIBPkpEqWdR/ziIVwamEAaxXbCpcVGGV13QoeSZG68lYR";
/** The least that is a realm; tests change one line of it. */
const LEAST = `realm: atlas
repository: wildlife/atlas
people: { alice: 1, bob: 2 }
admins: [alice]
proxies:
  eu: { host: tunnels.example.org, hostKeys: ["${KEY}"] }
signers: ["${KEY}"]
systems:
  hula:
    proxy: eu
    ports: 61000-61999
    trust:
      - { who: [bob], may: [device], then: grant }
`;
const changed = (from: string, to: string): string => {
  expect(LEAST).toContain(from);
  return LEAST.replace(from, to);
};

describe("readRealm", () => {
  it("reads the example that the repository ships", () => {
    const realm = readRealm(example, "realm.yaml");
    expect(realm).toMatchObject({
      ok: true,
      realm: {
        name: "atlas",
        repository: { fullName: "wildlife/atlas" },
        people: [
          { login: "alice", id: 583231 },
          { login: "bob", id: 583232 },
        ],
        rotationOverlap: 7 * 86_400,
        freeze: false,
        unprotected: false,
      },
    });
    const lines = example.split("\n");
    for (const system of realm.ok ? realm.realm.systems : []) {
      expect(lines[system.at.line - 1]?.slice(system.at.col - 1)).toBe(`${system.name}:`);
      for (const rule of system.trust)
        expect(lines[rule.at.line - 1]?.slice(rule.at.col - 1)).toMatch(/^\{ who:/);
    }
  });

  it("fills in what may be left out", () => {
    const realm = readRealm(LEAST, "r.yaml");
    if (!realm.ok) throw new Error(realm.problems.map(formatProblem).join("\n"));
    const { clientIdSuffix, proxies, keys, systems } = realm.realm;
    expect(clientIdSuffix).toBe("");
    expect(proxies[0]).toMatchObject({ port: 22, syncUser: "warren-sync" });
    expect(keys.ssh).toContain("rsa-3072");
    expect(systems[0]).toMatchObject({
      allocate: "next",
      login: [],
      legacy: false,
      admins: [],
      description: "",
    });
    expect(systems[0]?.trust[0]).toEqual({
      path: "systems.hula.trust[0]",
      at: { file: "r.yaml", line: 13, col: 9 },
      who: [{ login: "bob", id: 2 }],
      may: ["device"],
      then: "grant",
      approvals: 1,
    });
    const system = systems[0] && systemOf(realm.realm, systems[0].name);
    expect(system && adminsOf(realm.realm, system)).toEqual([{ login: "alice", id: 1 }]);
  });

  it("reads a repository with its id, teams, ends and a broker of one's own", () => {
    const text = changed("repository: wildlife/atlas", "repository: { name: wildlife/atlas, id: 7 }").replace(
      "who: [bob], may: [device], then: grant",
      'who: ["@wildlife/field"], may: [device], named: "3*", then: ask, approvals: 1, for: 90d',
    );
    const realm = readRealm(text, "r.yaml");
    expect(realm).toMatchObject({
      ok: true,
      realm: {
        repository: { fullName: "wildlife/atlas", id: 7 },
        systems: [
          { trust: [{ who: [{ team: "wildlife/field" }], named: "3*", then: "ask", for: 90 * 86_400 }] },
        ],
      },
    });
  });

  it("lists every problem at once, in the order of the file, also where the schema and the rules both complain", () => {
    const text = `realm: Atlas
repository: wildlife/atlas
people: { alice: 1, bob: }
admins: [alice, carol]
proxies:
  eu: { host: tunnels.example.org, hostKeys: ["${KEY}"], prot: 22 }
signers: ["${KEY}"]
systems:
  hula:
    proxy: us
    ports: 61000-61999
    trust:
      - { who: [bob], may: [gadget], then: grant, approvals: 2 }
  tern:
    proxy: eu
    proxy: us
    ports: 61500-70000
  kite:
    proxy: us
    ports: 61999-62000
    trust: []
`;
    expect(problemsOf(text)).toEqual([
      'r.yaml:1:8 realm: realm name has "A" at character 1; use a-z, 0-9 and -',
      "r.yaml:3:26 people.bob: is empty; write the account's id, a number; https://api.github.com/users/LOGIN shows it",
      'r.yaml:4:17 admins[1]: "carol" is not in people; add the login there, with its GitHub id',
      "r.yaml:6:132 proxies.eu.prot: key is not known here; use host, port, hostKeys, syncUser",
      'r.yaml:10:12 systems.hula.proxy: "us" is not in proxies; use eu',
      'r.yaml:13:29 systems.hula.trust[0].may[0]: "gadget" is not allowed here; use device, controller',
      "r.yaml:13:51 systems.hula.trust[0].approvals: stands beside then: grant; approvals go with ask",
      "r.yaml:15:5 systems.tern.trust: is missing; write a list of rules",
      "r.yaml:16:5 systems.tern.proxy: key stands twice; once each",
      'r.yaml:16:12 systems.tern.proxy: "us" is not in proxies; use eu',
      'r.yaml:17:12 systems.tern.ports: "61500-70000" is out of range; use ports from 1024 to 65535',
      'r.yaml:19:12 systems.kite.proxy: "us" is not in proxies; use eu',
      'r.yaml:20:12 systems.kite.ports: "61999-62000" overlaps "61000-61999" of system "hula" on proxy "us"',
      "r.yaml:21:12 systems.kite.trust: list is empty; name rules",
    ]);
  });

  it.each([
    ["realm: atlas", "", "realm: is missing; write the realm's name"],
    [
      "repository: wildlife/atlas",
      "repository: wildlife",
      'repository: "wildlife" is no repository; write owner/name',
    ],
    [
      "repository: wildlife/atlas",
      "repository: { name: wildlife/atlas }",
      "repository.id: is missing; write its id on GitHub",
    ],
    ["repository: wildlife/atlas", "repository: 5", "repository: 5 is not allowed here; write owner/name"],
    ["people: { alice: 1, bob: 2 }", "people: [alice, bob]", "people: is a list; write a mapping of logins"],
    ["bob: 2", "bob: 1", 'people.bob: 1 is the id of "alice" already'],
    ["bob: 2", 'bob: "2"', 'people.bob: "2" is not allowed here; write the account\'s id'],
    ["bob: 2", "bob: -2", "people.bob: -2 is not allowed here; use 1 or more"],
    ["bob: 2", "bob: 2, 'b[bot]': 3", 'people."b[bot]": "b[bot]" is no GitHub login'],
    ["admins: [alice]", "admins: []", "admins: list is empty; name logins"],
    ["admins: [alice]", "admins: alice", 'admins: "alice" is not allowed here; write a list of logins'],
    ["admins: [alice]", "admins: [alice, alice]", 'admins[1]: "alice" stands twice'],
    ["admins: [alice]", "admins: [Alice]", 'admins[0]: "Alice" is not in people'],
    ["admins: [alice]", 'admins: ["@wildlife/field"]', 'admins[0]: "@wildlife/field" is no GitHub login'],
    ["host: tunnels.example.org", 'host: "a b"', 'proxies.eu.host: "a b" is no host name or address'],
    [
      "host: tunnels.example.org",
      "host: x.org, port: 70000",
      "proxies.eu.port: 70000 is not allowed here; use 65535 or less",
    ],
    [
      "host: tunnels.example.org",
      "host: x.org, syncUser: root",
      'proxies.eu.syncUser: "root" is an account with another purpose',
    ],
    ["host: tunnels.example.org", "host: x.org, syncUser: hula", 'proxies.eu.syncUser: "hula" is a system'],
    [`hostKeys: ["${KEY}"]`, "hostKeys: []", "proxies.eu.hostKeys: list is empty"],
    [`hostKeys: ["${KEY}"]`, 'hostKeys: ["ssh-dss AAAA"]', "proxies.eu.hostKeys[0]: ssh key is of type"],
    ["  eu:", "  EU:", 'proxies.EU: "EU" is no proxy name'],
    [`signers: ["${KEY}"]`, "", "signers: is missing; write a list of SSH public keys"],
    [`signers: ["${KEY}"]`, `signers: ["restrict ${KEY}"]`, "signers[0]: ssh key begins with"],
    ["proxy: eu", "proxy: us", 'systems.hula.proxy: "us" is not in proxies; use eu'],
    ["61000-61999", "61000", "systems.hula.ports: 61000 is not allowed here; write first-last"],
    ["61000-61999", "61000 - 61999", 'systems.hula.ports: "61000 - 61999" is no port range'],
    ["61000-61999", "61999-61000", "ends before it begins; write first-last, as in 61000-61999"],
    ["61000-61999", "80-90", "is out of range; use ports from 1024 to 65535"],
    ["  hula:", "  root:", 'systems.root: system name "root" is an account'],
    ["  hula:", "  Hula:", 'systems.Hula: system name has "H"'],
    ["    proxy: eu", "    proxy: eu\n    login: []", "systems.hula.login: list is empty; name accounts"],
    ["    proxy: eu", '    proxy: eu\n    login: ["a b"]', 'systems.hula.login[0]: "a b" is no account name'],
    [
      "    proxy: eu",
      "    proxy: eu\n    allocate: best",
      'systems.hula.allocate: "best" is not allowed here; use next, number',
    ],
    [
      "ports: 61000-61999",
      "ports: 61000-63048\n    legacy: true",
      'systems.hula.ports: "61000-63048" holds 2049 ports; a legacy system may have 2048 at most',
    ],
    ["who: [bob]", "who: []", "systems.hula.trust[0].who: list is empty; name logins or teams"],
    [
      "who: [bob]",
      'who: ["@wildlife"]',
      'systems.hula.trust[0].who[0]: "@wildlife" is no team; write @org/team',
    ],
    ["who: [bob]", "who: [mallory]", 'systems.hula.trust[0].who[0]: "mallory" is not in people'],
    ["who: [bob]", "who: ['*']", 'systems.hula.trust[0].who[0]: "*" is no GitHub login'],
    ["may: [device]", "may: [device, device]", 'systems.hula.trust[0].may[1]: "device" stands twice'],
    [
      "then: grant",
      "then: yes",
      'systems.hula.trust[0].then: "yes" is not allowed here; use grant, ask, refuse',
    ],
    [
      "then: grant",
      "then: grant, named: 333",
      "systems.hula.trust[0].named: 333 is not allowed here; write a pattern in quotes",
    ],
    ["then: grant", "then: grant, named: 'A*'", 'systems.hula.trust[0].named: "A*" is no pattern'],
    ["then: grant", "then: grant, for: 90 days", 'systems.hula.trust[0].for: "90 days" is no duration'],
    ["then: grant", "then: refuse, for: 9d", "systems.hula.trust[0].for: stands beside then: refuse"],
    [
      "then: grant",
      "then: ask, approvals: 0",
      "systems.hula.trust[0].approvals: 0 is not allowed here; use 1 or more",
    ],
    [
      "then: grant",
      "then: ask, approvals: 2",
      "systems.hula.trust[0].approvals: needs 2 approvals, and there are 1 admin",
    ],
    [
      "who: [bob], may: [device], then: grant",
      "who: [alice], may: [device], then: ask",
      "systems.hula.trust[0]: needs 1 approvals",
    ],
    [
      "    trust:\n      - { who: [bob], may: [device], then: grant }",
      "    trust: []",
      "systems.hula.trust: list is empty; name rules",
    ],
    ["systems:", "rotation: { overlap: soon }\nsystems:", 'rotation.overlap: "soon" is no duration'],
    ["systems:", "freeze: no\nsystems:", 'freeze: "no" is not allowed here; write true or false'],
    ["systems:", "unprotected: true\nsystems:", "unprotected: true is not allowed here; use accepted"],
    [
      "systems:",
      "keys: { ssh: [ssh-dss] }\nsystems:",
      'keys.ssh[0]: "ssh-dss" is not allowed here; use ssh-ed25519',
    ],
    ["systems:", "keys: { x509: [] }\nsystems:", "keys.x509: list is empty"],
    [
      "systems:",
      "broker: { type: kafka }\nsystems:",
      'broker.type: "kafka" is not allowed here; use aws-iot or mqtt',
    ],
    [
      "systems:",
      "broker: { type: aws-iot }\nsystems:",
      "broker.endpoint: is missing; write the broker's host",
    ],
    [
      "systems:",
      "broker: { type: mqtt, url: 'mqtt://x', ca: x }\nsystems:",
      'broker.url: "mqtt://x" is no broker\'s address',
    ],
    [
      "systems:",
      "broker: { type: mqtt, url: 'mqtts://x', ca: x }\nsystems:",
      "broker.ca: text is no PEM certificate",
    ],
    [
      "systems:",
      `clientIdSuffix: ".${"x".repeat(59)}"\nsystems:`,
      'leaves -7 characters for names of computers in system "hula"; a client id holds 64',
    ],
    ["systems:", "clientIdSuffix: '#'\nsystems:", 'clientIdSuffix: "#" is no suffix of a client id'],
    ["systems:", "sytems:", "sytems: key is not known here; use realm, repository"],
    ["systems:", "__proto__: {}\nsystems:", "__proto__: key is not known"],
    ["systems:", "<<: {}\nsystems:", '"<<": key is not known here'],
    ["systems:", "extra: !secret x\nsystems:", "not readable as YAML: unresolved tag: !secret"],
  ])("turns %j into %j and says: %s", (from, to, problem) => {
    expect(problemsOf(changed(from, to)).join("\n")).toContain(problem);
  });

  it.each([
    ["", "r.yaml:1:1 is empty; write a mapping"],
    ["- realm", "r.yaml:1:1 is a list; write a mapping"],
    ["%YAML 1.1\n---\nrealm: no", "r.yaml:1:1 line begins with %, a YAML directive; remove it"],
    [`${LEAST}---\nrealm: other\n`, "r.yaml:14:1 file holds more than one YAML document; one alone"],
    ["realm: [atlas", "r.yaml:1:14 not readable as YAML: flow sequence"],
    ["realm: *nobody", "not readable as YAML: unresolved alias"],
    [
      `realm: &a [${"x,".repeat(50)}]\n${Array.from({ length: 60 }, (_, i) => `k${i}: *a`).join("\n")}`,
      "excessive alias count",
    ],
    [`realm: &a x\nlist: [${"*a,".repeat(200)}]`, "file has 200 aliases; 100 at most"],
    ["[".repeat(20_000), "file is nested too deeply"],
    [`# ${"x".repeat(600_000)}`, "r.yaml:1:1 file has 600002 bytes; 524288 at most"],
    ["? [a]\n: 1", "all keys must be strings"],
  ])("refuses what is no such YAML: %#", (text, problem) => {
    expect(problemsOf(text).join("\n")).toContain(problem);
  });

  it("takes addresses with ports for an endpoint, and IP addresses for a proxy", () => {
    const broker =
      "broker: { type: aws-iot, endpoint: '127.0.0.1:40123', region: eu-central-1, policies: { device: a, controller: b } }";
    for (const host of ["127.0.0.1", '"::1"', '"2001:db8::7"', "localhost", "a-b.example"]) {
      const text = changed("host: tunnels.example.org", `host: ${host}, port: 2222`).replace(
        "systems:",
        `${broker}\nsystems:`,
      );
      expect(problemsOf(text)).toEqual([]);
    }
  });
});

describe("docs/realm.schema.json", () => {
  it("is what `warren schema` prints", () => {
    expect(read("docs/realm.schema.json")).toBe(printRealmSchema());
  });
});
