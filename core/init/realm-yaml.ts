import { quoted } from "../quote.ts";
import type { Answers, BrokerAnswer, RealmKeys } from "./answers.ts";

/** Comments stand in a column of their own, where they fit. */
const COLUMN = 39;

/** A whole realm.yaml, commented as the example is, that `validate` finds nothing wrong with. */
export function realmYaml(answers: Answers, keys: RealmKeys): string {
  const { realm, repository, admin, system, proxy, ports, broker } = answers;
  const lines = [
    `# yaml-language-server: $schema=${SCHEMA}`,
    "#",
    "# Who may let which computers into this realm. A pull request changes it; `warren validate` reports every",
    "# problem in it at once, and `warren doctor` checks it against GitHub and the proxies.",
    "",
    noted(`realm: ${plain(realm)}`, ""),
    noted(`repository: ${repository}`, "its issues are the inbox, its branch `registry` the database"),
    "",
    noted("people:", "every account this file names, with its GitHub id:"),
    noted(`  ${plain(admin.login)}: ${admin.id}`, "a login can change hands, an id can't"),
    noted(`admins: [${plain(admin.login)}]`, "realm admins: they may approve in every system"),
    "",
    "proxies:",
    `  ${plain(proxy.name)}:`,
    `    host: ${plain(proxy.host)}`,
    `    port: ${proxy.port}`,
    noted(
      "    hostKeys:",
      "pinned by every computer; add the proxy's own, as `warren proxy prepare` prints it",
    ),
    noted(`      - ${keys.spare}`, "the spare, kept offline"),
    "    syncUser: warren-sync",
    "",
    noted("signers:", "keys that sign what computers rely on; no proxy holds the private halves"),
    `  - ${keys.signing}`,
    "",
    ...brokerLines(broker),
    "systems:",
    `  ${plain(system)}:`,
    `    description: ""`,
    `    proxy: ${plain(proxy.name)}`,
    noted(`    ports: ${ports}`, "one per device, assigned at enrolment"),
    noted("    allocate: next", "the first free port; `number`: the first port + the number in the name"),
    noted("    # login: [pi]", "accounts that controllers may use on devices"),
    noted("    trust:", "the first rule that matches decides; none: refuse"),
    `      - { who: [${plain(admin.login)}], may: [device, controller], then: grant }`,
    noted(`      # - { who: ["@org/team"], may: [device], then: ask, approvals: 1 }`, ""),
    "",
    noted("rotation: { overlap: 7d }", "how long an old key stays beside its successor"),
    noted("freeze: false", "true: nothing new is granted"),
  ];
  return `${lines.join("\n")}\n`;
}

/** Where editors find the schema; `init` puts it there. */
const SCHEMA = "./.github/realm.schema.json";

function brokerLines(broker: BrokerAnswer): readonly string[] {
  switch (broker.type) {
    case "none":
      return ["# No broker: tunnels are always up.", ""];
    case "aws-iot":
      return [
        "broker:",
        "  type: aws-iot",
        `  endpoint: ${broker.endpoint}`,
        `  region: ${broker.region}`,
        noted("  presence: true", "devices may publish …/tunnel/presence"),
        noted("  policies: { device: tunnel.target, controller: tunnel.controller }", "names in AWS IoT"),
        "",
      ];
    case "mqtt":
      return [
        "broker:",
        "  type: mqtt",
        `  url: ${broker.url}`,
        noted("  ca: |", "of the broker's own certificate"),
        ...broker.ca
          .trim()
          .split(/\r?\n/)
          .map((line) => `    ${line.trim()}`),
        "",
      ];
  }
}

const noted = (line: string, note: string): string =>
  note === "" ? line : `${line.padEnd(COLUMN - 1)} # ${note}`;

/** A name that YAML would read as a number, a truth or nothing is put in quotes. */
const plain = (name: string): string =>
  /^[A-Za-z_][A-Za-z0-9._-]*$/.test(name) && !/^(y|n|yes|no|on|off|true|false|null)$/i.test(name)
    ? name
    : quoted(name);
