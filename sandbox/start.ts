import { randomBytes } from "node:crypto";
import { chmod, mkdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { makeKey } from "../adapters/openssh/keygen.ts";
import { Failure } from "../core/failure.ts";
import type { Realm } from "../core/realm/realm.ts";
import { realmIn } from "../flows/realm-text.ts";
import { startBroker } from "./broker/broker.ts";
import { type Environment, startChild } from "./children.ts";
import { makeFolder, removeFolder } from "./folder.ts";
import type { App } from "./forge/apps.ts";
import { Forge } from "./forge/forge.ts";
import { serveForge } from "./forge/serve.ts";
import { startIot } from "./iot/start.ts";
import { startProxy } from "./proxy/proxy.ts";
import { standIn } from "./realm-file.ts";
import { runAction, Workflow, type WorkflowRun } from "./runner.ts";

export interface SandboxOptions {
  readonly realm: { readonly file: string; readonly text: string };
  /** Where the build put the programs that the sandbox starts. */
  readonly dist: string;
  /** Told of every run of the workflow that syncs the proxies. */
  readonly synced?: (run: WorkflowRun) => void;
}

/** A whole realm on this machine, ready. */
export interface Sandbox {
  /** All that it holds; ends with it. */
  readonly dir: string;
  readonly dist: string;
  /** realm.yaml with this machine's addresses in it. */
  readonly realm: Realm;
  readonly forge: Forge;
  readonly urls: { readonly forge: string; readonly iot: string; readonly broker: string };
  readonly proxy: { readonly host: string; readonly port: number };
  /** PEM file of the certificate service's CA. */
  readonly caFile: string;
  /** What a computer's programs need to find this realm. */
  readonly env: Environment;
  /** Stops one party, as when it is down. */
  readonly takeDown: Readonly<Record<"forge" | "broker" | "proxies", () => Promise<void>>>;
  /** What ends with the sandbox, the latest first. */
  readonly onStop: (stop: () => Promise<void>) => void;
  stop(): Promise<void>;
}

/** Starts all parties of a realm. If one can't start, those that did are stopped again. */
export async function startSandbox(options: SandboxOptions): Promise<Sandbox> {
  const realm = realmIn(options.realm);
  const stops: (() => Promise<void>)[] = [];
  const onStop = (stop: () => Promise<void>) => void stops.push(stop);
  let stopping: Promise<void> | undefined;
  const stop = () => {
    stopping ??= stopAll(stops);
    return stopping;
  };
  try {
    return { ...(await startParties(realm, options, onStop)), onStop, stop };
  } catch (error) {
    await stop();
    throw error;
  }
}

async function stopAll(stops: readonly (() => Promise<void>)[]): Promise<void> {
  for (const stop of [...stops].reverse()) await stop().catch(() => {});
}

async function startParties(
  example: Realm,
  { realm: { file, text }, dist, synced = () => {} }: SandboxOptions,
  onStop: Sandbox["onStop"],
): Promise<Omit<Sandbox, "onStop" | "stop">> {
  const dir = await makeFolder();
  onStop(() => removeFolder(dir));
  const keys = await makeKeys(dir, example);
  const iot = await startIot({ realm: example, dir });
  onStop(iot.close);
  const broker = await startBroker({ iot: iot.model, ca: iot.ca });
  onStop(broker.close);

  const proxies = await Promise.all(
    example.proxies.map(async ({ name, syncUser }) => {
      const root = join(dir, "proxies", name);
      const proxy = await startProxy({
        root,
        hostKey: await readFile(keys.host(name), "utf8"),
        syncUser,
        syncKey: keys.syncLine,
        applyCommand: [process.execPath, join(dist, "warren.js"), "proxy", "apply", "--root", root],
        serve: join(dist, "serve.sh"),
      });
      onStop(proxy.close);
      return { name, ...proxy, hostKey: keys.hostLine(name) };
    }),
  );
  const [first] = proxies;
  if (first === undefined) throw new Failure("usage", `${file} names no proxy`);

  const endpoint = `127.0.0.1:${broker.port}`;
  const standing = standIn(text, {
    proxies: Object.fromEntries(proxies.map((proxy) => [proxy.name, proxy])),
    signer: keys.signerLine,
    broker: { endpoint, ca: iot.caPem },
  });
  const realm = realmIn({ text: standing, file });

  const forge = forgeOf(realm, standing);
  const served = await serveForge(forge);
  onStop(served.close);
  const app = await startApp({
    forge,
    realm,
    dist,
    dir,
    env: { ...iot.env, GITHUB_API_URL: served.url },
    onStop,
  });

  // Its key is never used, and a new one takes a moment to make.
  const actor = await forge.createApp({ slug: "github-actions", events: [], privateKey: app.privateKey });
  const run = () =>
    runAction("push", {
      main: join(dist, "actions/sync-proxy/index.js"),
      repository: realm.repository.fullName,
      forge: served.url,
      token: forge.tokens.issue(actor).token,
      inputs: keys.actionInputs,
      dir,
    });
  const workflow = new Workflow(run, synced);
  onStop(() => workflow.stop());
  const deaf = forge.listen((event) => {
    if (event.name === "push") workflow.trigger();
  });
  onStop(async () => deaf());

  return {
    dir,
    dist,
    realm,
    forge,
    urls: { forge: served.url, iot: iot.url, broker: `mqtts://${endpoint}` },
    proxy: { host: first.host, port: first.port },
    caFile: iot.caFile,
    takeDown: {
      forge: served.close,
      broker: broker.close,
      proxies: async () => {
        await Promise.all(proxies.map(({ close }) => close()));
      },
    },
    env: { GITHUB_API_URL: served.url, NODE_EXTRA_CA_CERTS: iot.caFile },
  };
}

async function makeKeys(dir: string, realm: Realm) {
  const folder = join(dir, "keys");
  await mkdir(folder, { mode: 0o700 });
  const file = (name: string) => join(folder, name);
  const [syncLine, signerLine, ...hosts] = await Promise.all([
    makeKey(file("sync"), "sync"),
    makeKey(file("signer"), "signer"),
    ...realm.proxies.map(({ name }) => makeKey(file(`host-${name}`), name)),
  ]);
  const hostLines = new Map(realm.proxies.map(({ name }, index) => [name, hosts[index] ?? ""]));
  return {
    syncLine,
    signerLine,
    host: (proxy: string) => file(`host-${proxy}`),
    hostLine: (proxy: string) => hostLines.get(proxy) ?? "",
    actionInputs: {
      "sync-key": await readFile(file("sync"), "utf8"),
      "signing-key": await readFile(file("signer"), "utf8"),
    },
  };
}

/** The realm's repository, its people by their ids, its admins as maintainers, and the teams that its rules name. */
function forgeOf(realm: Realm, realmYaml: string): Forge {
  const [owner = "", repository = ""] = realm.repository.fullName.split("/");
  const teams = realm.systems.flatMap(({ trust }) =>
    trust.flatMap(({ who }) => who.flatMap((one) => ("team" in one ? [one.team.split("/")[1] ?? ""] : []))),
  );
  return new Forge({
    now: () => new Date(),
    owner,
    repository,
    ...(realm.repository.id === undefined ? {} : { repositoryId: realm.repository.id }),
    people: Object.fromEntries(realm.people.map(({ login, id }) => [login, id])),
    roles: Object.fromEntries(realm.admins.map(({ login }) => [login, "admin"])),
    teams: Object.fromEntries(teams.map((team) => [team, []])),
    files: { "realm.yaml": realmYaml },
  });
}

interface AppStart {
  readonly forge: Forge;
  readonly realm: Realm;
  readonly dist: string;
  readonly dir: string;
  readonly env: Environment;
  readonly onStop: Sandbox["onStop"];
}

/** The real Probot app as a process of its own, and the webhook that tells it what happens. */
async function startApp({ forge, realm, dist, dir, env, onStop }: AppStart): Promise<App> {
  const secret = randomBytes(20).toString("hex");
  const app = await forge.createApp({ slug: "warren", webhookSecret: secret });
  const keyFile = join(dir, "keys/app.pem");
  await writeFile(keyFile, app.privateKey, { mode: 0o600 });
  await chmod(keyFile, 0o600);
  const child = startChild("app", [join(dist, "app.js")], {
    ...env,
    HOME: dir,
    PORT: "0",
    APP_ID: String(app.id),
    PRIVATE_KEY_PATH: keyFile,
    WEBHOOK_SECRET: secret,
    WARREN_REPOSITORY: realm.repository.fullName,
    WARREN_SWEEP_SECONDS: "30",
  });
  onStop(child.stop);
  const ready: { url?: string } = JSON.parse(await child.firstLine);
  app.hook.url = `${ready.url}/api/github/webhooks`;
  return app;
}
