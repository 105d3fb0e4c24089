import type { HeldPolicy, HeldSetup, SetupStep } from "../../core/aws/plan.ts";
import type { AwsSetup } from "../../core/aws/setup.ts";
import type { AwsAccount } from "../../core/ports/aws-account.ts";
import { AwsIotPolicies } from "./policies.ts";
import { AwsRoles } from "./roles.ts";

/** An AWS account as `warren aws bootstrap` sees and changes it. */
export class SdkAwsAccount implements AwsAccount {
  readonly #policies: AwsIotPolicies;
  readonly #roles: AwsRoles;

  constructor({ where }: Pick<AwsSetup, "where">) {
    this.#policies = new AwsIotPolicies(where.region);
    this.#roles = new AwsRoles(where);
  }

  async look({ policies, role }: AwsSetup): Promise<HeldSetup> {
    const held = new Map<string, HeldPolicy>();
    for (const { name } of policies) {
      const found = await this.#policies.get(name);
      if (found !== undefined) held.set(name, found);
    }
    return {
      policies: held,
      provider: role === undefined ? undefined : await this.#roles.provider(),
      role: role === undefined ? undefined : await this.#roles.role(role.name),
      endpoint: await this.#policies.endpoint(),
    };
  }

  async take(step: SetupStep): Promise<void> {
    switch (step.do) {
      case "create-policy":
        return this.#policies.create(step.policy);
      case "replace-policy":
        return this.#policies.replace(step.policy, step.drop);
      case "create-provider":
        return this.#roles.createProvider();
      case "add-audience":
        return this.#roles.addAudience();
      case "create-role":
        return this.#roles.createRole(step.role);
      case "set-trust":
        return this.#roles.setTrust(step.role);
      case "set-permissions":
        return this.#roles.setPermissions(step.role);
    }
  }
}
