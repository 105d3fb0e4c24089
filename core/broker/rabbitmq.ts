import { userOf } from "./certificate-id.ts";
import type { BrokerClient } from "./clients.ts";
import type { BrokerSettings, ConfigFile } from "./configured.ts";
import { ANY } from "./topics.ts";

export const RABBITMQ_FOLDER = "/etc/rabbitmq/warren";

/** Every user of ours has it: no other is ever touched. */
export const RABBITMQ_TAG = "warren";

/**
 * All of RabbitMQ's configuration. Each certificate is a user of its own, named by the certificate's id, without a
 * password: one that is revoked is a user who is gone, whatever else its computer holds.
 */
export function rabbitmqFiles(settings: BrokerSettings): readonly ConfigFile[] {
  const { folder, port, realm, clientCa, clients } = settings;
  const { users, permissions } = rabbitmqDefinitions(clients);
  return [
    {
      name: "rabbitmq.conf",
      text: `# Realm ${realm}: the whole configuration of its RabbitMQ, written by \`warren broker config rabbitmq\`.
listeners.tcp = none
mqtt.listeners.tcp = none
mqtt.listeners.ssl.default = ${port}
mqtt.tcp_listen_options.nodelay = true
mqtt.allow_anonymous = false
mqtt.vhost = /
mqtt.exchange = amq.topic
# What waits for a device outlives the node that it was connected to: with classic queues the devices of a node that is
# lost stay out. Holds for queues that are made from now on.
mqtt.durable_queue_type = quorum

# Computers: by the certificate alone; its alternative name is the user's.
mqtt.ssl_cert_login = true
ssl_cert_login_from = subject_alternative_name
ssl_cert_login_san_type = email
ssl_options.cacertfile = ${folder}/client-ca.pem
ssl_options.certfile = ${folder}/server.pem
ssl_options.keyfile = ${folder}/server-key.pem
ssl_options.verify = verify_peer
ssl_options.fail_if_no_peer_cert = true
ssl_options.versions.1 = tlsv1.3
ssl_options.versions.2 = tlsv1.2

# At each start, and no user is in it: neither \`guest\` nor one who was revoked comes back.
load_definitions = ${folder}/definitions.json
`,
    },
    { name: "enabled_plugins", text: "[rabbitmq_mqtt].\n" },
    { name: "definitions.json", text: printed({ vhosts: [{ name: VHOST }] }) },
    { name: "users.json", text: printed(users) },
    { name: "permissions.json", text: printed(permissions) },
    { name: "client-ca.pem", text: clientCa },
  ];
}

const VHOST = "/";
const EXCHANGE = "amq.topic";

/**
 * To be imported in this order. A user without permissions can't come in at all; one without topic permissions could say
 * and hear everything, so these come first.
 */
export function rabbitmqDefinitions(clients: readonly BrokerClient[]) {
  const each = clients.flatMap((client) => client.certificates.map((id) => ({ client, user: userOf(id) })));
  return {
    users: {
      users: each.map(({ user }) => ({
        name: user,
        // None: by no password can anybody log in.
        password_hash: "",
        hashing_algorithm: "rabbit_password_hashing_sha256",
        tags: [RABBITMQ_TAG],
      })),
      topic_permissions: each.map(({ user, client: { says, hears } }) => ({
        user,
        vhost: VHOST,
        exchange: EXCHANGE,
        write: anyOf(says.map((topic) => keyPattern(topic, LEVEL))),
        read: anyOf(hears.map((topic) => keyPattern(topic, `(?:\\*|${LEVEL})`))),
      })),
    },
    permissions: {
      permissions: each.map(({ user, client: { clientId } }) => {
        // The queue that the plugin keeps for a client id: no other computer's can be made or read.
        const queue = `mqtt-subscription-${escaped(clientId)}qos[01]`;
        const both = anyOf([escaped(EXCHANGE), queue]);
        return { user, vhost: VHOST, configure: anyOf([queue]), write: both, read: both };
      }),
    },
  };
}

const printed = (document: object): string => `${JSON.stringify(document, null, 2)}\n`;

const LEVEL = "[a-z0-9-]+";

/** A topic as the plugin turns it into a routing key, `/` into `.`; patterns are literal but for `+`. */
const keyPattern = (topic: string, any: string): string =>
  topic
    .split("/")
    .map((level) => (level === ANY ? any : escaped(level)))
    .join("\\.");

const anyOf = (patterns: readonly string[]): string => `^(?:${patterns.join("|")})$`;

const escaped = (text: string): string => text.replace(/[^A-Za-z0-9]/g, "\\$&");
