import { readFile, rm } from "node:fs/promises";
import { userInfo } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { makeFolder } from "../../adapters/files/make-folder.ts";
import { ProfileFolder } from "../../adapters/files/profile-folder.ts";
import { writeFile } from "../../adapters/files/write.ts";
import { run } from "../../adapters/openssh/run.ts";
import { type AgentService, agentUnit, unitName } from "../../core/computer/agent-unit.ts";
import { causeOf, Failure } from "../../core/failure.ts";
import { lastLine } from "../../core/lines.ts";
import { deviceProfile } from "./device-profile.ts";
import { installedUnits, placesOf, type ServicePlaces, serviceOf } from "./service-places.ts";

export interface Installing {
  readonly profile: string;
  readonly manager: AgentService["manager"];
  readonly dryRun: boolean;
}

type Step =
  | { readonly kind: "write"; readonly path: string; readonly text: string; readonly mode: number }
  | { readonly kind: "remove"; readonly path: string }
  | { readonly kind: "command"; readonly argv: readonly string[] };

const COMMAND_WITHIN = 60_000;

/** Has systemd keep the agent running from now on; again, it brings unit and program up to date. */
export async function install(
  { profile: path, manager, dryRun }: Installing,
  print: (text: string) => void,
): Promise<void> {
  const places = placesOf(manager);
  const profile = await deviceProfile(new ProfileFolder(path));
  const service = await serviceOf(places, path, profile);
  const unit = unitName(profile.id);
  const { systemctl, program, folder } = places;
  const files: readonly Step[] = [
    { kind: "write", path: program, text: await ownText(), mode: 0o755 },
    { kind: "write", path: join(folder, unit), text: agentUnit(service), mode: 0o644 },
  ];
  const commands = [
    [...systemctl, "daemon-reload"],
    [...systemctl, "enable", "--now", unit],
    // One that ran already still has the older program.
    [...systemctl, "restart", unit],
  ];
  await carryOut(places, files, commands, dryRun, print);
  if (manager === "user")
    print(`to have it run while you are not logged in: loginctl enable-linger ${userInfo().username}\n`);
}

/** Takes back what `install` did. The profile stays, and so do the controllers' keys. */
export async function uninstall(
  { profile: path, manager, dryRun }: Installing,
  print: (text: string) => void,
): Promise<void> {
  const places = placesOf(manager);
  const { id } = await deviceProfile(new ProfileFolder(path));
  const unit = unitName(id);
  const { systemctl, folder, program } = places;
  const units = await installedUnits(places);
  if (!units.includes(unit)) throw new Failure("refused", `${join(folder, unit)} is not there`);
  const isLast = units.length === 1;
  const steps: readonly Step[] = [
    { kind: "remove", path: join(folder, unit) },
    ...(isLast ? [{ kind: "remove", path: program } as const] : []),
  ];
  if (places.isRunning)
    await act({ kind: "command", argv: [...systemctl, "disable", "--now", unit] }, dryRun, print);
  await carryOut(places, steps, [[...systemctl, "daemon-reload"]], dryRun, print);
}

async function carryOut(
  { isRunning }: ServicePlaces,
  files: readonly Step[],
  commands: readonly (readonly string[])[],
  dryRun: boolean,
  print: (text: string) => void,
): Promise<void> {
  for (const step of files) await act(step, dryRun, print);
  if (isRunning) for (const argv of commands) await act({ kind: "command", argv }, dryRun, print);
  else
    print(
      `systemd does not run here; where it does:\n${commands.map((argv) => `  ${argv.join(" ")}\n`).join("")}`,
    );
}

async function act(step: Step, dryRun: boolean, print: (text: string) => void): Promise<void> {
  print(`${dryRun ? "would " : ""}${wordsOf(step)}\n`);
  if (dryRun) {
    if (step.kind === "write" && step.path.endsWith(".service")) print(`\n${step.text}\n`);
    return;
  }
  switch (step.kind) {
    case "write":
      return changed(step.path, write(step));
    case "remove":
      return changed(step.path, rm(step.path, { force: true }));
    case "command": {
      const [program = "", ...args] = step.argv;
      const { status, stderr } = await run(program, args, { timeout: COMMAND_WITHIN });
      if (status !== 0) throw new Failure("refused", `${step.argv.join(" ")} failed: ${lastLine(stderr)}`);
    }
  }
}

async function write({ path, text, mode }: Extract<Step, { kind: "write" }>): Promise<void> {
  makeFolder(dirname(path));
  await writeFile(path, text, mode);
}

function wordsOf(step: Step): string {
  if (step.kind === "command") return `run ${step.argv.join(" ")}`;
  return step.kind === "remove"
    ? `remove ${step.path}`
    : `write ${step.path} (mode ${step.mode.toString(8)})`;
}

const changed = (path: string, work: Promise<void>): Promise<void> =>
  work.catch((cause: unknown) => {
    throw new Failure("refused", `${path} can't be changed: ${causeOf(cause)}`, { cause });
  });

/** The program that runs at this moment: it is one file. */
const ownText = (): Promise<string> => readFile(fileURLToPath(import.meta.url), "utf8");
