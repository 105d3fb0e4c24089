import { hasDrift } from "../core/access/drift.ts";
import { planLines } from "../core/access/plan.ts";
import { driftJson, driftLines } from "./drift.ts";
import type { LivePlan } from "./plan.ts";

/** For people: what a sync would change on each proxy, then how the proxy drifted. */
export const livePlanLines = (plans: readonly LivePlan[]): readonly string[] =>
  plans.flatMap((plan) => [
    ...changeLines(plan),
    ...driftLines(plan.drift).map((line) => `  drift: ${line}`),
  ]);

function changeLines(live: LivePlan): readonly string[] {
  switch (live.kind) {
    case "same":
      return [`proxy ${live.proxy}: a sync would change nothing`];
    case "changes":
      return planLines([live.plan]);
    case "unexplained": {
      const { added, changed, removed } = live.plan.files;
      const head = `proxy ${live.proxy}: holds what no commit explains; a sync would replace these files`;
      return [head, ...[...added, ...changed, ...removed].map((path) => `  ${path}`)];
    }
    case "failed":
      return [live.failure.message];
  }
}

/** For programs: one value a proxy; `drift` only where there is any. */
export const livePlanJson = (plans: readonly LivePlan[]): readonly object[] =>
  plans.map((live) => {
    const drift = hasDrift(live.drift) ? { drift: driftJson(live.drift) } : {};
    const { proxy, kind } = live;
    if (kind === "failed") return { proxy, kind, problem: live.failure.message, ...drift };
    if (kind === "same") return { proxy, kind, ...drift };
    return { proxy, kind, files: live.plan.files, keys: live.plan.keys, ...drift };
  });

/** 1 where something drifted or a proxy failed, 3 where none of them answered. */
export function livePlanExit(plans: readonly LivePlan[]): 0 | 1 | 3 {
  const silent = (plan: LivePlan) => plan.kind === "failed" && plan.failure.code === "unavailable";
  if (plans.length > 0 && plans.every(silent)) return 3;
  return plans.some((plan) => plan.kind === "failed" || hasDrift(plan.drift)) ? 1 : 0;
}
