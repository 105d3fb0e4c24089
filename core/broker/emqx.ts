import type { BrokerSettings, ConfigFile } from "./configured.ts";

export const EMQX_FOLDER = "/etc/emqx/warren";

/** Of EMQX 5, by its documentation: Warren's tests don't run it. It knows no revoked certificate, only rules. */
export function emqxFiles({ folder, port, realm, clientCa, clients }: BrokerSettings): readonly ConfigFile[] {
  const quoted = JSON.stringify;
  const rules = clients.flatMap(({ clientId, hears, says }) => [
    `{allow, {username, ${quoted(clientId)}}, subscribe, [${hears.map((topic) => quoted(topic)).join(", ")}]}.`,
    `{allow, {username, ${quoted(clientId)}}, publish, [${says.map((topic) => quoted(topic)).join(", ")}]}.`,
  ]);
  return [
    {
      name: "emqx.conf",
      text: `# Realm ${realm}: for EMQX 5, written by \`warren broker config emqx\`. NOT RUN by Warren's tests.
listeners.tcp.default.enable = false
listeners.ws.default.enable = false
listeners.wss.default.enable = false
listeners.ssl.default {
  bind = "0.0.0.0:${port}"
  tcp_options.nodelay = true
  ssl_options {
    cacertfile = "${folder}/client-ca.pem"
    certfile = "${folder}/server.pem"
    keyfile = "${folder}/server-key.pem"
    verify = verify_peer
    fail_if_no_peer_cert = true
  }
}
mqtt {
  peer_cert_as_username = cn
  peer_cert_as_clientid = cn
}
authorization {
  no_match = deny
  cache.enable = false
  sources = [{ type = file, enable = true, path = "${folder}/acl.conf" }]
}
`,
    },
    { name: "acl.conf", text: `${[...rules, "{deny, all}."].join("\n")}\n` },
    { name: "client-ca.pem", text: clientCa },
  ];
}
