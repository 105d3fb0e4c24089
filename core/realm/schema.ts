import * as z from "zod";
import { DEFAULT_KEY_POLICY, SSH_POLICY_WORDS, X509_POLICY_WORDS } from "../keys/key-policy.ts";
import { parseSshPublicKey } from "../keys/ssh-key.ts";
import { parseRealmName } from "../names.ts";
import { parseDuration } from "../time.ts";
import {
  parseAccount,
  parseBrokerUrl,
  parseCertificates,
  parseDescription,
  parseEndpoint,
  parseGlob,
  parseHost,
  parseListPath,
  parseLogin,
  parsePolicyName,
  parsePorts,
  parseProxyName,
  parseRegion,
  parseRepository,
  parseSuffix,
  parseSyncUser,
  parseTeam,
} from "./grammar.ts";
import { fieldOf } from "./raw.ts";
import { choice, flag, integer, list, named, says, strict, text } from "./words.ts";

/** Each key of realm.yaml and what it may hold. What ties one key to another is core/realm-rules.ts's. */

const login = text("a login that stands in people", parseLogin, { examples: ["alice"] });
const who = text("a login, or @org/team in quotes", (each) =>
  each.startsWith("@") ? parseTeam(each) : parseLogin(each),
);
const sshKey = text("an SSH public key", parseSshPublicKey, { examples: ["ssh-ed25519 AAAA..."] });
const duration = (description: string) =>
  text("a duration such as 90d", parseDuration, {
    description,
    pattern: "^[1-9][0-9]*[smhdw]$",
    examples: ["90d"],
  });
const port = (description: string) => integer(1, 65_535, "a port", { description });

const rule = strict({
  who: list(who, "logins or teams", { description: "people of this file, or @org/team" }),
  may: list(choice(["device", "controller"]), "device, controller or both", {
    description: "what they may enrol",
  }),
  named: text("a pattern in quotes", parseGlob, {
    description: "a glob on the computer's name: * and ?",
  }).optional(),
  then: choice(["grant", "ask", "refuse"], {
    description: "the verdict where this rule is the first that matches",
  }),
  approvals: integer(1, 10, "a number of admins", {
    description: "how many different admins must approve",
  }).optional(),
  for: duration("how long the access that this rule gave lasts").optional(),
});

const system = strict({
  description: text("one line", parseDescription).default(""),
  proxy: text("the name of a proxy", (name) => ({ ok: true, value: name }), {
    description: "a key of proxies",
  }),
  ports: text("first-last, as in 61000-61999", parsePorts, {
    description: "ports on the proxy, one per device",
    pattern: "^[1-9][0-9]*-[1-9][0-9]*$",
    examples: ["61000-61999"],
  }),
  allocate: choice(["next", "number"], {
    description: "next: the first free port; number: the first port + the number in the name",
  }).default("next"),
  login: list(text("an account name", parseAccount), "accounts", {
    description: "accounts that controllers may use on devices",
  }).default([]),
  legacy: flag({ description: "also let programs of the older kind in, on any port of the range" }).default(
    false,
  ),
  admins: list(login, "logins", {
    description: "who may approve and revoke here, besides the realm's admins",
  }).default([]),
  trust: list(rule, "rules", { description: "the first rule that matches decides; none: refuse" }),
});

const proxy = strict({
  host: text("a host name or an address", parseHost),
  port: port("of its SSH server").default(22),
  hostKeys: list(sshKey, "SSH host keys", { description: "pinned by every computer" }),
  syncUser: text("an account name", parseSyncUser, {
    description: "the account that a sync logs in to",
  }).default("warren-sync"),
});

const presence = flag({ description: "the policies let devices publish …/tunnel/presence" }).default(false);

const broker = z
  .discriminatedUnion(
    "type",
    [
      strict({
        type: z.literal("aws-iot"),
        endpoint: text("the broker's host", parseEndpoint),
        region: text("an AWS region", parseRegion),
        presence,
        policies: strict({
          device: text("a policy's name", parsePolicyName),
          controller: text("a policy's name", parsePolicyName),
        }),
      }),
      strict({
        type: z.literal("mqtt"),
        url: text("mqtts://host:port", parseBrokerUrl),
        ca: text("the PEM of the broker's CA", parseCertificates, {
          description: "the first certificate is also the CA whose certificates the computers get",
        }),
        presence,
        validity: duration("how long a certificate lasts; left out: to the end of 2049").optional(),
        hosts: list(text("the name of a proxy", parseProxyName), "names of proxies", {
          description: "proxies on whose hosts the broker runs: a sync brings its rules there",
        }).default([]),
      }),
    ],
    {
      error: ({ code, input }) =>
        code === "invalid_union"
          ? says(fieldOf(input, "type"), "use aws-iot or mqtt")
          : says(input, "write a mapping"),
    },
  )
  .meta({ description: "left out: tunnels are always up" });

const sshKinds = list(choice(SSH_POLICY_WORDS), "kinds of SSH keys", {
  description: "rsa-N means RSA of N bits or more",
});
const x509Kinds = list(choice(X509_POLICY_WORDS), "kinds of certificate keys");

/** The shape of realm.yaml. */
export const realmSchema = strict({
  realm: text("the realm's name", parseRealmName),
  repository: z
    .union([
      text("owner/name", parseRepository),
      strict({
        name: text("owner/name", parseRepository),
        id: integer(1, Number.MAX_SAFE_INTEGER, "its id on GitHub"),
      }),
    ])
    .meta({ description: "its issues are the inbox, its branch `registry` the database" }),
  clientIdSuffix: text("the end of MQTT client ids", parseSuffix, {
    description: "MQTT client id = <computer>.<system>.<realm> + this",
  }).default(""),
  people: named(
    integer(
      1,
      Number.MAX_SAFE_INTEGER,
      "the account's id, a number; https://api.github.com/users/LOGIN shows it",
    ),
    "logins and their GitHub ids",
    { description: "every account this file names, with its GitHub id" },
  ),
  admins: list(login, "logins", { description: "realm admins" }),
  proxies: named(proxy, "proxies"),
  signers: list(sshKey, "SSH public keys", { description: "keys that sign directories; computers pin them" }),
  broker: broker.optional(),
  keys: strict(
    {
      ssh: sshKinds.default([...DEFAULT_KEY_POLICY.ssh]),
      x509: x509Kinds.default([...DEFAULT_KEY_POLICY.x509]),
      blocklist: text("a path beside realm.yaml", parseListPath, {
        description: "a file of keys that are known to be weak, one a line, as in Debian's openssh-blacklist",
        examples: ["weak-keys.txt"],
      }).optional(),
    },
    { description: "what any key must satisfy" },
  ).default({ ssh: [...DEFAULT_KEY_POLICY.ssh], x509: [...DEFAULT_KEY_POLICY.x509] }),
  systems: named(system, "systems"),
  rotation: strict({ overlap: duration("how long an old key stays beside its successor") }).optional(),
  freeze: flag({ description: "nothing new is granted" }).default(false),
  unprotected: choice(["accepted"], {
    description: "rulesets are missing, and the admins know it",
  }).optional(),
});

/** A realm.yaml whose every value is sound by itself. */
export type RealmContent = z.output<typeof realmSchema>;

/** The JSON Schema for editors: `warren schema` prints it, and docs/realm.schema.json holds it. */
export function printRealmSchema(): string {
  const { $schema, ...schema } = z.toJSONSchema(realmSchema, { io: "input", target: "draft-7" });
  return `${JSON.stringify({ $schema, title: "realm.yaml of Warren", ...schema }, null, 2)}\n`;
}
