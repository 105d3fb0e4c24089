import { cloudFormation } from "./cloudformation.ts";
import type { AwsSetup } from "./setup.ts";
import { terraform } from "./terraform.ts";

export const TEMPLATES = ["cloudformation", "terraform"] as const;
export type TemplateFormat = (typeof TEMPLATES)[number];

/** A setup of `ANY_ACCOUNT` as a template for other tools, in JSON: whoever applies it says by that which account. */
export const printTemplate = (setup: AwsSetup, format: TemplateFormat): string =>
  `${JSON.stringify(format === "terraform" ? terraform(setup) : cloudFormation(setup), null, 2)}\n`;
