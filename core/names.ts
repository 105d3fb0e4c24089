import { type Parsed, parsed, unparsed } from "./place.ts";
import { quoted } from "./quote.ts";

declare const brand: unique symbol;
type Branded<Name extends string> = string & { readonly [brand]: Name };

export type RealmName = Branded<"realm">;
export type SystemName = Branded<"system">;
export type ComputerName = Branded<"computer">;

/** A device is reached, a controller reaches. The name alone says which: `controller…` is a controller. */
export type Role = "device" | "controller";

/** `<computer>.<system>.<realm>`, taken apart. */
export interface ComputerId {
  readonly computer: ComputerName;
  readonly system: SystemName;
  readonly realm: RealmName;
}

/** Of a computer's or a realm's name. */
export const LONGEST_LABEL = 32;
/** Linux holds account names of 32 bytes, the final NUL among them (useradd(8)). */
const LONGEST_SYSTEM = 31;
/** An X.509 common name holds no more (RFC 5280, ub-common-name). */
export const LONGEST_CLIENT_ID = 64;

/** A computer's name becomes one MQTT topic level and one ssh host alias: hence the narrow alphabet. */
export function parseComputerName(text: string): Parsed<ComputerName> {
  const problem = labelProblem(text);
  return problem === undefined ? parsed(text as ComputerName) : unparsed(`computer name ${problem}`);
}

export function parseRealmName(text: string): Parsed<RealmName> {
  const problem = labelProblem(text);
  return problem === undefined ? parsed(text as RealmName) : unparsed(`realm name ${problem}`);
}

/** A system's name is an account on its proxy, so names that a Debian or Ubuntu host may hold are refused. */
export function parseSystemName(text: string): Parsed<SystemName> {
  const problem = systemProblem(text);
  return problem === undefined ? parsed(text as SystemName) : unparsed(`system name ${problem}`);
}

/** Reads `<computer>.<system>.<realm>`. */
export function parseComputerId(text: string): Parsed<ComputerId> {
  const labels = text.split(".");
  const [first, second, third] = labels;
  if (labels.length !== 3 || first === undefined || second === undefined || third === undefined) {
    const count = labels.length === 1 ? "1 part" : `${labels.length} parts`;
    return unparsed(`computer id has ${count}; write <computer>.<system>.<realm>`);
  }
  const computer = parseComputerName(first);
  if (!computer.ok) return computer;
  const system = parseSystemName(second);
  if (!system.ok) return system;
  const realm = parseRealmName(third);
  if (!realm.ok) return realm;
  return parsed({ computer: computer.value, system: system.value, realm: realm.value });
}

export const formatId = ({ computer, system, realm }: ComputerId): string => `${computer}.${system}.${realm}`;

export const sameId = (a: ComputerId, b: ComputerId): boolean => formatId(a) === formatId(b);

export const roleOf = (computer: ComputerName): Role =>
  computer.startsWith("controller") ? "controller" : "device";

/** The MQTT client id, which is also the common name of the computer's certificate. */
export const clientIdOf = (id: ComputerId, suffix: string): string => `${formatId(id)}${suffix}`;

/** The registry's file of a computer, relative to the branch's root. */
export const recordPath = ({ system, computer }: ComputerId): string => `${system}/${computer}.json`;

function labelProblem(text: string): string | undefined {
  if (text === "") return "is empty";
  if (text.length > LONGEST_LABEL) return `has ${text.length} characters; ${LONGEST_LABEL} at most`;
  const at = text.search(/[^a-z0-9-]/);
  if (at >= 0) return `has ${quoted(text.charAt(at))} at character ${at + 1}; use a-z, 0-9 and -`;
  if (text.startsWith("-") || text.endsWith("-")) return "starts or ends with -";
  return undefined;
}

function systemProblem(text: string): string | undefined {
  if (text === "") return "is empty";
  if (text.length > LONGEST_SYSTEM) return `has ${text.length} characters; ${LONGEST_SYSTEM} at most`;
  const problem = labelProblem(text);
  if (problem !== undefined) return problem;
  if (!/^[a-z]/.test(text)) return `starts with ${quoted(text.charAt(0))}; begin with a letter`;
  if (RESERVED_SYSTEMS.has(text) || /^(systemd|warren)-/.test(text)) {
    return `${JSON.stringify(text)} is an account that a Debian or Ubuntu host may already hold; choose another`;
  }
  return undefined;
}

/** Accounts and groups of Debian's base-passwd and of the servers and images that are common on such hosts. */
const RESERVED_SYSTEMS: ReadonlySet<string> = new Set(
  `root daemon bin sys sync games man lp mail news uucp proxy www-data backup list irc gnats nobody nogroup
   adm tty disk kmem dialout fax voice cdrom floppy tape sudo audio dip operator src shadow utmp video sasl
   plugdev staff users wheel input sgx kvm render crontab netdev ssh sshd messagebus dbus syslog avahi
   avahi-autoipd polkitd polkit-1 rtkit tss uuidd tcpdump landscape lxd docker fwupd-refresh pollinate
   usbmux sssd dnsmasq bind named ntp ntpsec chrony statd rpc postfix postdrop dovecot dovenull exim
   debian-exim debian admin administrator ubuntu pi vagrant ec2-user centos fedora azureuser opc cloud-user
   git gitea gitlab gitlab-runner mysql mariadb postgres redis memcache memcached mongodb rabbitmq emqx
   mosquitto elasticsearch grafana prometheus node-exporter nginx apache httpd caddy traefik haproxy varnish
   squid tomcat jenkins influxdb telegraf puppet ansible salt nagios zabbix icinga munin snmp debian-snmp
   clamav opendkim opendmarc amavis spamassassin colord geoclue pulse saned speech-dispatcher whoopsie kernoops
   cups-pk-helper hplip gdm lightdm sddm nm-openvpn openvpn strongswan wireguard tor debian-tor stunnel
   stunnel4 libuuid lpadmin test guest oracle ftp ftpuser sftp nfsnobody halt shutdown localhost warren`
    .split(/\s+/)
    .filter((name) => name !== ""),
);
