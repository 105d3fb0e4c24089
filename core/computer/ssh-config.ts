import { createHash } from "node:crypto";
import type { Directory } from "../access/directory.ts";
import { type ComputerId, formatId } from "../names.ts";
import { type Parsed, parsed, unparsed } from "../place.ts";
import { quoted } from "../quote.ts";

/** Where ssh finds a computer's own files: absolute paths. */
export interface SshFiles {
  readonly identity: string;
  readonly knownHosts: string;
  /** The folder of the sockets by which connections are shared; left out: none are. */
  readonly sockets?: string;
  /** What its user has to say besides, if anything: comes first, so it wins. Such as how to get to the proxy. */
  readonly own?: string;
  /** The script of sharing-hook.ts, for a file by which plain ssh goes; Warren's own commands need none. */
  readonly hook?: string;
}

/** A proxy as this computer pinned it, or as the newest signed directory names it. */
export interface PinnedProxy {
  readonly host: string;
  readonly port: number;
  readonly hostKeys: readonly string[];
}

/** What a controller's ssh must know. */
export interface SshView {
  readonly id: ComputerId;
  readonly proxy: PinnedProxy;
  /** Left out: only the proxy is known yet. */
  readonly directory?: Directory;
  readonly files: SshFiles;
  /** A program and its arguments that wakes the device whose name follows; left out: tunnels are up. */
  readonly wake?: readonly string[];
  /** For slow links; pictures and archives only cost time. */
  readonly compress?: boolean;
  /** For Windows' own ssh, which runs hooks by cmd.exe and shares no connections: `files` has no sockets then. */
  readonly windows?: boolean;
}

type Option = readonly [name: string, value: string];

/** ssh binds to the path and 17 characters more, and a socket's path holds 103 on macOS, 107 on Linux (unix(7)). */
export const LONGEST_SOCKET = 86;
/** Seconds behind the last session. One to a device keeps its tunnel up, and that keeps the one to the proxy. */
const SHARED_FOR = { proxy: "60", device: "300" };

/** ssh's name for a system's account on its proxy. No computer can bear it: names hold no underscore. */
export const proxyAlias = ({ system, realm }: ComputerId): string => `_proxy.${system}.${realm}`;

/** Pinned host keys, each under the name that ssh is told to look for. */
export function knownHosts(id: ComputerId, proxy: PinnedProxy, directory?: Directory): string {
  const lines = proxy.hostKeys.map((key) => `${proxyAlias(id)} ${key}\n`);
  for (const [computer, { hostKeys }] of Object.entries(directory?.devices ?? {})) {
    for (const key of hostKeys) lines.push(`${computer}.${id.system}.${id.realm} ${key}\n`);
  }
  return lines.join("");
}

/** What ssh takes to reach the proxy without any configuration file: options, then the destination. */
export function sshToProxy(id: ComputerId, proxy: PinnedProxy, files: SshFiles): Parsed<readonly string[]> {
  const problem = problemOf(files, [proxy.host]);
  if (problem !== undefined) return unparsed(problem);
  const options = toProxy(id, proxy, files).flatMap(([name, value]) => ["-o", `${name}=${value}`]);
  return parsed(["-F", "none", ...options, proxyAlias(id)]);
}

/**
 * The ssh_config of a controller: `ssh 333.hula.atlas` and nothing else is needed. The file may be included, at its
 * top, by another: ssh takes the first value it finds.
 */
export function sshConfig(view: SshView): Parsed<string> {
  const { id, directory, proxy, files, wake = [], compress = false, windows = false } = view;
  const login = directory?.login[0];
  const problem =
    problemOf(files, [proxy.host, ...(directory?.login ?? []), ...wake], windows) ??
    (windows ? wake.map(cmdProblem).find((one) => one !== undefined) : undefined);
  if (problem !== undefined) return unparsed(problem);
  const devices = Object.entries(directory?.devices ?? {}).map(([computer, { port, hostKeys }]) => {
    const name = `${computer}.${id.system}.${id.realm}`;
    const own: Option[] = [
      ["HostKeyAlias", name],
      ["Port", String(port)],
      ...sharedBy(computer, hostKeys, files, directory?.login ?? []),
    ];
    return { name, own };
  });
  const blocks = [block(`Host ${proxyAlias(id)}`, toProxy(id, proxy, files))];
  if (devices.length > 0) {
    const all = `Host *.${id.system}.${id.realm} !${proxyAlias(id)}`;
    if (login !== undefined) blocks.push(block(all, [["User", login]]));
    blocks.push(...beforeConnecting(view, devices.map(({ name }) => name).join(",")));
    blocks.push(...devices.map(({ name, own }) => block(`Host ${name}`, own)));
    const compression: readonly Option[] = compress ? [["Compression", "yes"]] : [];
    blocks.push(block(all, [...toDevice(id, files), ...compression]));
  }
  const who = `# ${formatId(id)}, printed by warren ssh-config\n\n`;
  const own = files.own === undefined ? "" : `Include ${quotedPath(files.own)}\n\n`;
  return parsed(`${who}${own}${blocks.join("\n")}`);
}

/** `names` one by one: what ssh was given on its command line must not reach a shell, or a path, by a pattern. */
function beforeConnecting(
  { directory, files, wake = [], windows }: SshView,
  names: string,
): readonly string[] {
  const hooked = files.hook !== undefined && files.sockets !== undefined;
  const words = hooked ? ["/bin/sh", files.hook, files.sockets, "%n", ...wake] : [...wake, "%n"];
  const command = words.map((word) => (windows || word === "%n" ? word : `'${word}'`)).join(" ");
  const login = (directory?.login ?? []).join(",");
  const blocks: string[] = [];
  if (files.sockets !== undefined && login !== "")
    blocks.push(block(`Match originalhost ${names} !user ${login}`, UNSHARED));
  if (hooked) blocks.push(block(`Match originalhost ${names} !exec "exec ${command}"`, UNSHARED));
  else if (wake.length > 0) blocks.push(block(`Match originalhost ${names} exec "${command}"`, []));
  return blocks;
}

const toProxy = (id: ComputerId, proxy: PinnedProxy, files: SshFiles): readonly Option[] => [
  ["HostName", proxy.host],
  ["Port", String(proxy.port)],
  ["User", id.system],
  ["HostKeyAlias", proxyAlias(id)],
  ["ProxyJump", "none"],
  ["RequestTTY", "no"],
  // A proxy may ask for a one-time password behind the key; of a device it asks nothing in it.
  ["PreferredAuthentications", "publickey,keyboard-interactive"],
  ...pinned(files),
  ...(files.sockets === undefined ? UNSHARED : shared(socketPath(files.sockets), SHARED_FOR.proxy)),
];

/** The proxy's 127.0.0.1, as its permitopen lists spell it. */
const toDevice = (id: ComputerId, files: SshFiles): readonly Option[] => [
  ["HostName", "127.0.0.1"],
  ["ProxyJump", proxyAlias(id)],
  // The outer hop carries the post-quantum exchange; on the inner one it would be most of a login's cost.
  ["KexAlgorithms", "^curve25519-sha256"],
  ["PreferredAuthentications", "publickey"],
  ...pinned(files),
  ...UNSHARED,
];

const pinned = (files: SshFiles): readonly Option[] => [
  ["IdentityFile", quotedPath(files.identity)],
  ["IdentitiesOnly", "yes"],
  ["PasswordAuthentication", "no"],
  ["StrictHostKeyChecking", "yes"],
  ["UserKnownHostsFile", quotedPath(files.knownHosts)],
  ["GlobalKnownHostsFile", "/dev/null"],
  ["UpdateHostKeys", "no"],
  ["VerifyHostKeyDNS", "no"],
  ["CheckHostIP", "no"],
  ["CanonicalizeHostname", "no"],
  ["ForwardAgent", "no"],
  ["ForwardX11", "no"],
  ["ConnectTimeout", "8"],
  ["ServerAliveInterval", "10"],
  ["ServerAliveCountMax", "3"],
];

const UNSHARED: readonly Option[] = [
  ["ControlMaster", "no"],
  ["ControlPath", "none"],
];

const shared = (socket: string, seconds: string): readonly Option[] => [
  ["ControlMaster", "auto"],
  ["ControlPath", quotedPath(socket)],
  ["ControlPersist", seconds],
];

/** Of the one connection to the proxy. */
export const socketPath = (sockets: string): string => `${sockets}/proxy`;

/** Names of the sockets of connections to a device begin so. No computer's name holds a dot. */
export const deviceSockets = (sockets: string, computer: string): string => `${sockets}/${computer}.`;

/** One that was checked against other host keys than those of now must not be used: its name says which. */
const deviceSocket = (
  sockets: string,
  computer: string,
  hostKeys: readonly string[],
  account: string,
): string => {
  const checked = createHash("sha256").update(hostKeys.join("\n")).digest("hex").slice(0, 8);
  return `${deviceSockets(sockets, computer)}${checked}.${account}`;
};

/** Nothing where the folder's path leaves no room for the name: ssh refuses to go on with a path that is too long. */
function sharedBy(
  computer: string,
  hostKeys: readonly string[],
  { sockets }: SshFiles,
  login: readonly string[],
): readonly Option[] {
  if (sockets === undefined || login.length === 0) return [];
  const path = (account: string) => deviceSocket(sockets, computer, hostKeys, account);
  const longest = Math.max(...login.map((account) => Buffer.byteLength(path(account))));
  return longest > LONGEST_SOCKET ? [] : shared(path("%r"), SHARED_FOR.device);
}

const block = (head: string, options: readonly Option[]): string =>
  `${head}\n${options.map(([name, value]) => `  ${name} ${value}\n`).join("")}`;

const quotedPath = (path: string): string => (path.includes(" ") ? `"${path}"` : path);

function problemOf(
  { identity, knownHosts, sockets, own, hook }: SshFiles,
  words: readonly string[],
  windows = false,
): string | undefined {
  const socket = sockets === undefined ? undefined : socketPath(sockets);
  const paths = [
    identity,
    knownHosts,
    ...(socket === undefined ? [] : [socket]),
    ...(own === undefined ? [] : [own]),
    ...(hook === undefined ? [] : [hook]),
  ];
  const absolute = windows ? /^[A-Za-z]:\// : /^\//;
  const relative = paths.find((path) => !absolute.test(path));
  if (relative !== undefined) return `path ${quoted(relative)} is not absolute`;
  const bytes = Buffer.byteLength(socket ?? "");
  if (bytes > LONGEST_SOCKET) {
    return `path ${quoted(socket ?? "")} has ${bytes} bytes; a socket's path may have ${LONGEST_SOCKET}`;
  }
  return [...paths, ...words].map(wordProblem).find((problem) => problem !== undefined);
}

/** Inside a hook's double quotes there is no second pair for a path with a blank, and cmd.exe acts on the others. */
function cmdProblem(text: string): string | undefined {
  const at = text.search(/[ &|<>^()]/);
  if (at < 0) return undefined;
  const short = "its short name, which dir /x shows, has none";
  return `path ${quoted(text)} has ${quoted(text.charAt(at))}, which cmd.exe would read otherwise; ${short}`;
}

/** ssh knows no escape for some of these, and not every version knows one for the others. */
function wordProblem(text: string): string | undefined {
  const at = text.search(/[\p{Cc}\u2028\u2029"'\\%$`!]/u);
  return at < 0
    ? undefined
    : `path ${quoted(text)} has ${quoted(text.charAt(at))}, which ssh would read otherwise`;
}
