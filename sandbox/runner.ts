import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { runChild } from "./children.ts";

/** What a workflow run needs of its surroundings. */
export interface RunnerOptions {
  /** The action's bundled file, as `runs.main` names it. */
  readonly main: string;
  readonly repository: string;
  readonly forge: string;
  readonly token: string;
  /** The action's `with:`, e.g. `{ "sync-key": "…" }`. */
  readonly inputs: Readonly<Record<string, string>>;
  /** A folder of the sandbox's own. */
  readonly dir: string;
  /** What the event's file holds besides the repository. */
  readonly event?: Readonly<Record<string, unknown>>;
  /** The job's own environment, as `env:` would set it. */
  readonly env?: Readonly<Record<string, string>>;
}

export interface WorkflowRun {
  readonly ok: boolean;
  readonly outputs: Readonly<Record<string, string>>;
  /** What the action wrote for people, in Markdown. */
  readonly summary: string;
  readonly log: string;
}

/**
 * Runs a JavaScript action as GitHub's runner does: inputs and surroundings by environment, outputs and summary by
 * files. Source: docs.github.com, "Variables reference" and "Workflow commands".
 */
export async function runAction(event: string, options: RunnerOptions): Promise<WorkflowRun> {
  const temp = await mkdtemp(join(options.dir, "run-"));
  const file = (name: string) => join(temp, name);
  try {
    await Promise.all(["output", "summary", "env", "path"].map((name) => writeFile(file(name), "")));
    const about = { ...options.event, repository: { full_name: options.repository } };
    await writeFile(file("event.json"), JSON.stringify(about));
    const inputs = Object.entries(options.inputs).map(([name, value]) => [
      `INPUT_${name.replaceAll(" ", "_").toUpperCase()}`,
      value,
    ]);
    const { status, stdout, stderr } = await runChild([options.main], {
      ...options.env,
      HOME: temp,
      CI: "true",
      GITHUB_ACTIONS: "true",
      GITHUB_API_URL: options.forge,
      GITHUB_GRAPHQL_URL: `${options.forge}/graphql`,
      GITHUB_SERVER_URL: options.forge,
      GITHUB_REPOSITORY: options.repository,
      GITHUB_REPOSITORY_OWNER: options.repository.split("/")[0] ?? "",
      GITHUB_EVENT_NAME: event,
      GITHUB_EVENT_PATH: file("event.json"),
      GITHUB_OUTPUT: file("output"),
      GITHUB_STEP_SUMMARY: file("summary"),
      GITHUB_ENV: file("env"),
      GITHUB_PATH: file("path"),
      GITHUB_TOKEN: options.token,
      RUNNER_TEMP: temp,
      RUNNER_OS: "Linux",
      ...Object.fromEntries(inputs),
    });
    return {
      ok: status === 0,
      outputs: readOutputs(await readFile(file("output"), "utf8")),
      summary: await readFile(file("summary"), "utf8"),
      log: `${stdout}${stderr}`,
    };
  } finally {
    await rm(temp, { recursive: true, force: true });
  }
}

/** `name=value`, or `name<<DELIMITER` and lines up to it. */
function readOutputs(text: string): Record<string, string> {
  const outputs: Record<string, string> = {};
  const lines = text.split("\n");
  for (let at = 0; at < lines.length; at++) {
    const line = lines[at] ?? "";
    const long = /^([^=<]+)<<(.+)$/.exec(line);
    if (long?.[1] !== undefined && long[2] !== undefined) {
      const end = lines.indexOf(long[2], at + 1);
      outputs[long[1]] = lines.slice(at + 1, end < 0 ? undefined : end).join("\n");
      at = end < 0 ? lines.length : end;
      continue;
    }
    const equals = line.indexOf("=");
    if (equals > 0) outputs[line.slice(0, equals)] = line.slice(equals + 1);
  }
  return outputs;
}

/**
 * The workflow `sync-proxy`: a run whenever something was pushed, one at a time; pushes that come during a run are
 * answered by one more after it.
 */
export class Workflow {
  readonly #run: () => Promise<WorkflowRun>;
  readonly #heard: (run: WorkflowRun) => void;
  #going: Promise<void> | undefined;
  #again = false;
  #stopped = false;

  constructor(run: () => Promise<WorkflowRun>, heard: (run: WorkflowRun) => void) {
    this.#run = run;
    this.#heard = heard;
  }

  trigger(): void {
    if (this.#stopped) return;
    this.#again = true;
    this.#going ??= this.#loop().finally(() => {
      this.#going = undefined;
    });
  }

  /** Waits for the run under way; starts no other. */
  async stop(): Promise<void> {
    this.#stopped = true;
    this.#again = false;
    await this.#going;
  }

  async #loop(): Promise<void> {
    while (this.#again) {
      this.#again = false;
      this.#heard(await this.#run());
    }
  }
}
