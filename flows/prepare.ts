import { Failure } from "../core/failure.ts";
import type { Host } from "../core/ports/proxy-host.ts";
import type { HeldFile } from "../core/proxy-host/facts.ts";
import { differences, readEffective } from "../core/proxy-host/sshd.ts";
import { type CommandStep, changes, nameOf, type Plan, type Step } from "../core/proxy-host/steps.ts";

export type Prepared =
  | { readonly kind: "same" }
  | { readonly kind: "changed"; readonly done: readonly string[] }
  /** What this run had changed of sshd and PAM is as it was before; accounts and the rest stay, and do no harm. */
  | { readonly kind: "undone"; readonly why: readonly string[]; readonly restored: readonly string[] };

/** Does the plan's steps in their order. A plan with problems is for its reader alone. */
export async function prepare(host: Host, plan: Plan): Promise<Prepared> {
  if (plan.problems.length > 0) throw new Error("a plan with problems can't be carried out");
  const done: string[] = [];
  const before = new Map<string, HeldFile | undefined>();
  for (const step of plan.steps) {
    const why = await failureOf(host, step, before);
    if (why.length > 0) {
      const { restored, left } = await restore(host, before);
      return { kind: "undone", why: [...why, ...left], restored };
    }
    if (changes(step)) done.push(nameOf(step));
  }
  return done.length === 0 ? { kind: "same" } : { kind: "changed", done };
}

/** Files by which a mistake of ours could lock everybody out of the host. */
const guarded = (path: string): boolean => path.startsWith("/etc/ssh/") || path.startsWith("/etc/pam.d/");

/** Does the step; returns why it failed, or nothing. */
async function failureOf(
  host: Host,
  step: Step,
  before: Map<string, HeldFile | undefined>,
): Promise<readonly string[]> {
  try {
    switch (step.kind) {
      case "command":
        return await run(host, step);
      case "check": {
        const said = await host.sshdFor(step.account);
        if (!said.ok) return [`sshd -T for ${step.account} fails: ${said.says}`];
        return differences(step.account, step.wanted, readEffective(said.text), await host.sshdConfig());
      }
      case "folder":
        await host.makeFolder(step.path);
        return [];
      case "file":
      case "gone":
        if (guarded(step.path) && !before.has(step.path)) before.set(step.path, await host.read(step.path));
        await (step.kind === "file" ? host.write(step) : host.remove(step.path));
        return [];
    }
  } catch (error) {
    if (error instanceof Failure) return [`${nameOf(step)}: ${error.message}`];
    throw error;
  }
}

async function run(host: Host, { argv, may = [] }: CommandStep): Promise<readonly string[]> {
  const { status, says } = await host.run(argv);
  if (status === 0 || (status !== null && may.includes(status))) return [];
  return [
    `${argv.join(" ")} ended with status ${status}`,
    ...says
      .trimEnd()
      .split("\n")
      .filter((line) => line !== ""),
  ];
}

/** One that can't be put back, on a full disk for one, keeps no other from it; `left` says which. */
async function restore(host: Host, before: ReadonlyMap<string, HeldFile | undefined>) {
  const restored: string[] = [];
  const left: string[] = [];
  for (const [path, held] of before) {
    try {
      if (held === undefined) await host.remove(path);
      else await host.write({ path, text: held.text, mode: held.mode });
      restored.push(path);
    } catch (error) {
      if (!(error instanceof Failure)) throw error;
      left.push(`${path} is not as it was before: ${error.message}`);
    }
  }
  return { restored, left };
}
