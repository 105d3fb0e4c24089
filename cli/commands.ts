import type { Command } from "commander";

/** Adds itself to the program: its options, and what it does. */
export type Register = (program: Command) => void;

export interface Entry {
  readonly name: string;
  readonly summary: string;
  /** Read only when the command is called: `warren --help` must not wait for it. */
  readonly load: () => Promise<{ readonly default: Register }>;
}

export interface Group {
  readonly title: string;
  readonly entries: readonly Entry[];
}

const NEWCOMERS: readonly Entry[] = [
  {
    name: "sandbox",
    summary: "run a whole realm on this machine",
    load: () => import("./newcomer/sandbox.ts"),
  },
  {
    name: "init",
    summary: "write a realm's files into its repository",
    load: () => import("./newcomer/init.ts"),
  },
  {
    name: "doctor",
    summary: "check a realm, or this computer, and say how to mend what is wrong",
    load: () => import("./newcomer/doctor.ts"),
  },
];

const ADMINS: readonly Entry[] = [
  {
    name: "validate",
    summary: "check a realm.yaml, and list every problem in it",
    load: () => import("./admin/validate.ts"),
  },
  {
    name: "schema",
    summary: "print realm.yaml's JSON Schema, for editors",
    load: () => import("./admin/schema.ts"),
  },
  {
    name: "decide",
    summary: "say what the bot would decide of an issue, offline",
    load: () => import("./admin/decide.ts"),
  },
  {
    name: "explain",
    summary: "say why a computer has access, or has none",
    load: () => import("./admin/explain.ts"),
  },
  {
    name: "render",
    summary: "write the files that the proxies must hold",
    load: () => import("./admin/render.ts"),
  },
  {
    name: "plan",
    summary: "say who would gain or lose what by a change of realm.yaml",
    load: () => import("./admin/plan.ts"),
  },
  {
    name: "sync",
    summary: "bring every proxy to what Git says",
    load: () => import("./admin/sync.ts"),
  },
  {
    name: "verify",
    summary: "list what realm.yaml would no longer grant",
    load: () => import("./admin/verify.ts"),
  },
  {
    name: "reconcile",
    summary: "go over issues, registry and certificates, and mend what is half done",
    load: () => import("./admin/reconcile.ts"),
  },
  {
    name: "certificates",
    summary: "list the certificates at AWS IoT, and whose they are",
    load: () => import("./admin/certificates.ts"),
  },
  {
    name: "aws",
    summary: "set AWS up for a realm",
    load: () => import("./admin/aws.ts"),
  },
  {
    name: "broker",
    summary: "set up a broker of your own, and its CA",
    load: () => import("./admin/broker.ts"),
  },
  {
    name: "proxy",
    summary: "look after a proxy, on the proxy itself",
    load: () => import("./admin/proxy.ts"),
  },
];

const COMPUTERS: readonly Entry[] = [
  {
    name: "enroll",
    summary: "ask for this computer to be let into a realm",
    load: () => import("./computer/enroll.ts"),
  },
  {
    name: "authorize",
    summary: "let the system's controllers log in to this device",
    load: () => import("./computer/authorize.ts"),
  },
];

const CONTROLLERS: readonly Entry[] = [
  {
    name: "connect",
    summary: "open a shell on a device, or run a command there",
    load: () => import("./controller/connect.ts"),
  },
  {
    name: "disconnect",
    summary: "let a device sleep that was left awake",
    load: () => import("./controller/disconnect.ts"),
  },
  { name: "exec", summary: "run a command on many devices", load: () => import("./controller/exec.ts") },
  {
    name: "forward",
    summary: "bring a device's port here",
    load: () => import("./controller/forward.ts"),
  },
  {
    name: "socks",
    summary: "open a SOCKS proxy through a device",
    load: () => import("./controller/socks.ts"),
  },
  {
    name: "list",
    summary: "list the devices that can be reached from here",
    load: () => import("./controller/list.ts"),
  },
  {
    name: "ssh-config",
    summary: "print what plain ssh needs to reach the devices",
    load: () => import("./controller/ssh-config.ts"),
  },
  {
    name: "completion",
    summary: "print what makes a shell complete names",
    load: () => import("./controller/completion.ts"),
  },
  {
    name: "approve",
    summary: "let in what an issue asks for, as an admin",
    load: () => import("./controller/approve.ts"),
  },
  {
    name: "deny",
    summary: "refuse what an issue asks for, as an admin",
    load: () => import("./controller/deny.ts"),
  },
  { name: "revoke", summary: "take a computer's access away", load: () => import("./controller/revoke.ts") },
];

/** What commands start, and people don't: shown nowhere. */
export const INNER: readonly Entry[] = [
  {
    name: "keeper",
    summary: "hold what the commands of one controller share",
    load: () => import("./controller/keeper.ts"),
  },
];

/**
 * All commands of `warren`. Each lives in a file of its own name, in the room of whoever uses it;
 * its default export is its `Register`.
 */
export const GROUPS: readonly Group[] = [
  { title: "To start with:", entries: NEWCOMERS },
  { title: "For the admins of a realm:", entries: ADMINS },
  { title: "On any computer:", entries: COMPUTERS },
  { title: "On a controller:", entries: CONTROLLERS },
];
