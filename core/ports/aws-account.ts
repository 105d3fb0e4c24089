import type { HeldSetup, SetupStep } from "../aws/plan.ts";
import type { AwsSetup } from "../aws/setup.ts";

/** The account on AWS that a realm's broker and certificates are in. */
export interface AwsAccount {
  /** Reads; changes nothing. */
  look(wanted: AwsSetup): Promise<HeldSetup>;
  take(step: SetupStep): Promise<void>;
}
