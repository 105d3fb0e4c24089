import { randomBytes } from "node:crypto";
import { chmod } from "node:fs/promises";
import { join, resolve } from "node:path";
import { makeFolder } from "../../adapters/files/make-folder.ts";
import { readInput } from "../../adapters/files/read.ts";
import { openRegistryFolder } from "../../adapters/files/registry-folder.ts";
import { writeFile } from "../../adapters/files/write.ts";
import { brokerConfig } from "../../core/broker/config-files.ts";
import type { ConfigFile } from "../../core/broker/configured.ts";
import { type BrokerKind, FOLDERS } from "../../core/broker/install.ts";
import { causeOf, Failure } from "../../core/failure.ts";
import { realmIn } from "../../flows/realm-text.ts";
import { warn } from "../outcome.ts";

export interface ConfigOptions {
  readonly realm: string;
  readonly registry: string;
  readonly out?: string;
  readonly at?: string;
  readonly generation: string;
  readonly rabbitmqctl: string;
}

/** Prints a broker's configuration, or writes it into a folder. */
export async function configure(kind: BrokerKind, options: ConfigOptions): Promise<void> {
  const realm = realmIn({ text: await readInput(options.realm), file: options.realm });
  const { broker } = realm;
  if (broker?.type !== "mqtt") {
    throw new Failure("refused", `broker in ${options.realm} is none of your own`, {
      hint: "write type: mqtt, url and ca there; `warren broker ca --out DIR` makes the CA",
    });
  }
  const files = brokerConfig(kind, { ...realm, broker }, openRegistryFolder(options.registry), {
    folder: placeOf("--at", options.at ?? FOLDERS[kind]),
    generation: placeOf("--generation", options.generation),
    rabbitmqctl: placeOf("--rabbitmqctl", options.rabbitmqctl),
    admin: { password: randomBytes(24).toString("base64url"), salt: randomBytes(12) },
  });
  if (broker.hosts.length === 0)
    warn(`${options.realm} has no broker.hosts, so no sync brings rules to the broker`);
  if (kind === "emqx") warn("EMQX's configuration is by its documentation: Warren's tests don't run it");
  if (options.out === undefined) return print(files);
  await write(options.out, files);
  console.log(`${options.out}: ${files.length} files; INSTALL says what to do with them`);
}

/** Stands in configuration files as it is: nothing that could end a line or a string there. */
function placeOf(option: string, path: string): string {
  if (/^\/[A-Za-z0-9._/-]{1,200}$/.test(path)) return path;
  throw new Failure(
    "usage",
    `${option} ${JSON.stringify(path)} is no absolute path of letters, digits and ._-`,
  );
}

function print(files: readonly ConfigFile[]): void {
  for (const { name, text, secret } of files) {
    console.log(`# ── ${name}`);
    console.log(secret === true ? "# holds a secret: --out DIR writes it\n" : text);
  }
}

async function write(out: string, files: readonly ConfigFile[]): Promise<void> {
  try {
    makeFolder(out, 0o700);
    // There before us, it may be anybody's to read.
    await chmod(resolve(out), 0o700);
    for (const { name, text, secret } of files)
      await writeFile(join(out, name), text, secret === true ? 0o600 : 0o644);
  } catch (cause) {
    throw new Failure("usage", `${out} can't be written: ${causeOf(cause)}`, { cause });
  }
}
