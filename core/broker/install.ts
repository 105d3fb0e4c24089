import { EMQX_FOLDER } from "./emqx.ts";
import type { BrokerHost } from "./host-file.ts";
import { MOSQUITTO_FOLDER } from "./mosquitto.ts";
import { RABBITMQ_FOLDER } from "./rabbitmq.ts";

export const BROKERS = ["mosquitto", "rabbitmq", "emqx"] as const;
export type BrokerKind = (typeof BROKERS)[number];

/** Where a broker's files lie on its host, unless somebody says otherwise. */
export const FOLDERS: Readonly<Record<BrokerKind, string>> = {
  mosquitto: MOSQUITTO_FOLDER,
  rabbitmq: RABBITMQ_FOLDER,
  emqx: EMQX_FOLDER,
};

const ACCOUNTS: Readonly<Record<BrokerKind, string>> = {
  mosquitto: "mosquitto",
  rabbitmq: "rabbitmq",
  emqx: "emqx",
};

/** What root types on the broker's host, in the folder to which the printed files were copied. */
export function installSteps(kind: BrokerKind, folder: string, host: string): string {
  const own = `install -d -m 700 -o ${ACCOUNTS[kind]} ${folder}
cp ./* ${folder}/
chown -R ${ACCOUNTS[kind]}: ${folder} && chmod 600 ${folder}/*
openssl req -new -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -subj /CN=${host} \\
  -keyout ${folder}/server-key.pem -out server.csr
# where the CA's key is: warren broker certificate ${host} --ca DIR --csr server.csr > server.pem
cp server.pem ${folder}/ && chown ${ACCOUNTS[kind]}: ${folder}/server*.pem && chmod 600 ${folder}/server*.pem
`;
  return `# On the broker's host, as root, in the folder that holds these files:\n${own}${LAST[kind](folder)}`;
}

const HOST_FILE = `# So that each sync tells the broker:
install -m 600 broker.json /etc/warren/broker.json
warren-proxy broker
`;

const LAST: Readonly<Record<BrokerKind, (folder: string) => string>> = {
  mosquitto: (folder) => `rm ${folder}/broker.json
cp ${folder}/mosquitto.conf /etc/mosquitto/mosquitto.conf
systemctl restart mosquitto
${HOST_FILE}`,
  rabbitmq: (folder) => `rm ${folder}/broker.json
cp ${folder}/rabbitmq.conf ${folder}/enabled_plugins /etc/rabbitmq/
systemctl restart rabbitmq-server
# of an earlier start, with a password that everybody knows:
rabbitmqctl delete_user guest
rabbitmqctl import_definitions ${folder}/users.json
rabbitmqctl import_definitions ${folder}/permissions.json
${HOST_FILE}`,
  emqx: (folder) => `# add emqx.conf to /etc/emqx/emqx.conf, then
systemctl restart emqx
# No sync tells EMQX: print and copy ${folder}/acl.conf again when computers change, and kick who was revoked:
# emqx ctl clients kick CLIENT_ID
`,
};

/** How the host tells this broker what a sync brought; undefined: it can't. */
export function hostOf(
  kind: BrokerKind,
  {
    folder,
    password,
    rabbitmqctl,
  }: { readonly folder: string; readonly password: string; readonly rabbitmqctl: string },
): BrokerHost | undefined {
  switch (kind) {
    case "mosquitto":
      return { type: kind, folder, password };
    case "rabbitmq":
      return { type: kind, rabbitmqctl };
    case "emqx":
      return undefined;
  }
}
