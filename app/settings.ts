import type { Repository } from "../adapters/github/client.ts";
import { privateKeyIn, readSecret } from "./secret-file.ts";

/** What the app is told by its environment. */
export interface Settings {
  readonly host: string;
  /** 0: any free one. */
  readonly port: number;
  readonly appId: number;
  /** PEM. */
  readonly privateKey: string;
  readonly webhookSecret: string;
  /** PEM of the key of the realm's own CA, where its broker has one. */
  readonly caKey?: string;
  /** GitHub Enterprise Server's, or the sandbox's; left out: GitHub.com. */
  readonly apiUrl?: string;
  /** The one realm's repository; left out: every repository that the App is installed on. */
  readonly repository?: Repository;
  readonly sweepSeconds: number;
  /** Where Prometheus finds `/metrics`; left out: nowhere. */
  readonly metrics?: { readonly host: string; readonly port: number };
  /** End when standard input does: whoever started us is gone then. */
  readonly endsWithStdin: boolean;
  readonly logLevel: LogLevel;
}

/** Nothing below `info`: there, libraries log what they send. */
const LOG_LEVELS = ["info", "warn", "error"] as const;
export type LogLevel = (typeof LOG_LEVELS)[number];

export type ReadSettings =
  | { readonly ok: true; readonly settings: Settings }
  | { readonly ok: false; readonly problems: readonly string[] };

type Environment = Readonly<Record<string, string | undefined>>;

/** Reports every problem at once. Secrets stay out of the messages. */
export function readSettings(environment: Environment): ReadSettings {
  const problems: string[] = [];
  const refuse = (problem: string): undefined => {
    problems.push(problem);
    return undefined;
  };
  const value = (name: string): string | undefined => {
    const text = environment[name];
    return text === undefined || text === "" ? undefined : text;
  };
  const number = (name: string, otherwise: number | undefined, least: number, most: number) => {
    const text = value(name);
    if (text === undefined) return otherwise ?? refuse(`${name} is missing; set it to a number`);
    const read = /^\d{1,10}$/.test(text) ? Number(text) : Number.NaN;
    if (read >= least && read <= most) return read;
    return refuse(`${name} is ${JSON.stringify(text)}; use a number from ${least} to ${most}`);
  };

  const port = number("PORT", 3000, 0, 65_535);
  const appId = number("APP_ID", undefined, 1, Number.MAX_SAFE_INTEGER);
  const sweepSeconds = number("WARREN_SWEEP_SECONDS", 300, 1, 86_400);
  const metricsPort =
    value("METRICS_PORT") === undefined ? undefined : number("METRICS_PORT", undefined, 0, 65_535);

  const secret = (name: string, missing?: string): string | undefined => {
    const [text, path] = [value(name), value(`${name}_PATH`)];
    if (text === undefined && path === undefined) return missing === undefined ? undefined : refuse(missing);
    return readSecret({ name, text, path, credentials: value("CREDENTIALS_DIRECTORY") }, refuse);
  };
  const webhookSecret = secret(
    "WEBHOOK_SECRET",
    "WEBHOOK_SECRET is missing; set it to the secret of the App's webhook",
  )?.trim();
  if (webhookSecret === "") refuse("WEBHOOK_SECRET is empty; set it to the secret of the App's webhook");
  const keyText = secret("PRIVATE_KEY", "PRIVATE_KEY_PATH is missing; set it to the App's private key file");
  const keyName = value("PRIVATE_KEY") === undefined ? "PRIVATE_KEY_PATH" : "PRIVATE_KEY";
  const privateKey = keyText === undefined ? undefined : privateKeyIn(keyText, keyName, refuse);
  const caText = secret("WARREN_CA_KEY");
  const caKey =
    caText === undefined
      ? undefined
      : privateKeyIn(caText, "WARREN_CA_KEY", refuse, "ca-key.pem of `warren broker ca`");

  const apiUrl = value("GITHUB_API_URL");
  if (apiUrl !== undefined && !URL.canParse(apiUrl)) {
    refuse(`GITHUB_API_URL is ${JSON.stringify(apiUrl)}; write a URL, as in https://api.github.com`);
  }
  const name = value("WARREN_REPOSITORY");
  const [, owner, repo] = /^([\w.-]+)\/([\w.-]+)$/.exec(name ?? "") ?? [];
  if (name !== undefined && repo === undefined) {
    refuse(`WARREN_REPOSITORY is ${JSON.stringify(name)}; write owner/name`);
  }
  const parent = value("WARREN_PARENT");
  if (parent !== undefined && parent !== "stdin") {
    refuse(`WARREN_PARENT is ${JSON.stringify(parent)}; use stdin, or leave it out`);
  }

  const level = value("LOG_LEVEL") ?? "info";
  const logLevel = LOG_LEVELS.find((one) => one === level);
  if (logLevel === undefined) refuse(`LOG_LEVEL is ${JSON.stringify(level)}; use ${LOG_LEVELS.join(", ")}`);

  if (
    problems.length > 0 ||
    logLevel === undefined ||
    port === undefined ||
    appId === undefined ||
    sweepSeconds === undefined ||
    webhookSecret === undefined ||
    privateKey === undefined
  ) {
    return { ok: false, problems };
  }
  const settings: Settings = {
    host: value("HOST") ?? "127.0.0.1",
    port,
    appId,
    privateKey,
    webhookSecret,
    ...(caKey === undefined ? {} : { caKey }),
    ...(apiUrl === undefined ? {} : { apiUrl: apiUrl.replace(/\/+$/, "") }),
    ...(owner === undefined || repo === undefined ? {} : { repository: { owner, repo } }),
    sweepSeconds,
    ...(metricsPort === undefined
      ? {}
      : { metrics: { host: value("METRICS_HOST") ?? "127.0.0.1", port: metricsPort } }),
    endsWithStdin: parent === "stdin",
    logLevel,
  };
  return { ok: true, settings };
}
