import { nameOfStep, planSetup, type SetupStep } from "../core/aws/plan.ts";
import type { AwsSetup } from "../core/aws/setup.ts";
import type { AwsAccount } from "../core/ports/aws-account.ts";

export interface Bootstrapped {
  readonly steps: readonly SetupStep[];
  /** Where the account's computers connect to. */
  readonly endpoint: string;
}

/**
 * Compares an account with what a realm needs, tells all of it, and with `apply` takes the steps. Cut off anywhere and run
 * again, it goes on there: each step is planned from what the account then holds.
 */
export async function bootstrap(
  account: AwsAccount,
  wanted: AwsSetup,
  { apply, tell }: { readonly apply: boolean; readonly tell: (line: string) => void },
): Promise<Bootstrapped> {
  const held = await account.look(wanted);
  const steps = planSetup(wanted, held);
  for (const step of steps) {
    tell(nameOfStep(step));
    for (const change of step.changes) tell(`  ${change}`);
  }
  if (apply) for (const step of steps) await account.take(step);
  return { steps, endpoint: held.endpoint };
}
