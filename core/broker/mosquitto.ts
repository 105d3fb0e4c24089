import type { BrokerSettings, ConfigFile } from "./configured.ts";
import { type MosquittoAdmin, rulesFile } from "./mosquitto-rules.ts";
import { REVOCATIONS } from "./revocations.ts";

export const MOSQUITTO_FOLDER = "/var/lib/mosquitto/warren";

/** Beside the files that are printed, in the same folder. */
export const MOSQUITTO_PID = "mosquitto.pid";
export const MOSQUITTO_SOCKET = "admin.sock";

/**
 * All of mosquitto 2's configuration. Who comes is their certificate's common name, and so is their client id, whatever
 * they send. Rules are the dynamic-security plugin's, which can be told of changes and ends the sessions of those who go.
 */
export function mosquittoFiles(settings: BrokerSettings, admin: MosquittoAdmin): readonly ConfigFile[] {
  const { folder, generation, port, realm, clientCa, clients } = settings;
  return [
    {
      name: "mosquitto.conf",
      text: `# Realm ${realm}: the whole configuration of its mosquitto, written by \`warren broker config mosquitto\`.
user mosquitto
pid_file ${folder}/${MOSQUITTO_PID}
persistence true
persistence_location ${folder}/
# A wake-up is one small packet: without this it may wait 40 ms for the next.
set_tcp_nodelay true
# A system holds 4,000 computers at most: who asks hears at once what is retained of each. By itself it is 1,000.
max_queued_messages 5000
# Bytes. Computers say a few hundred; by itself it is 256 MB, which a small one that hears it does not have. A sync's own
# commands are the longest.
message_size_limit 1048576
per_listener_settings false
allow_anonymous false
plugin mosquitto_dynamic_security.so
plugin_opt_config_file ${folder}/rules.json

# Computers: by the certificate alone.
listener ${port}
cafile ${folder}/client-ca.pem
certfile ${folder}/server.pem
keyfile ${folder}/server-key.pem
# Synced; read again at SIGHUP. Without it, mosquitto does not start.
crlfile ${generation}/${REVOCATIONS}
tls_version tlsv1.2
require_certificate true
use_identity_as_username true
use_username_as_clientid true

# The host's root: tells the plugin what a sync brought.
listener 0 ${folder}/${MOSQUITTO_SOCKET}
`,
    },
    { name: "rules.json", text: rulesFile(clients, admin), secret: true },
    { name: "client-ca.pem", text: clientCa },
  ];
}
