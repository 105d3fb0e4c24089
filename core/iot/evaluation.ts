import { matchesGlob } from "../glob.ts";
import type { PolicyDocument, PolicyStatement } from "./policy.ts";

/** A certificate's subject as AWS sees it: of each attribute the first value. */
export interface PolicySubject {
  readonly commonName: string;
  readonly organization: string;
  readonly organizationalUnit: string;
}

export type IotAction = "iot:Connect" | "iot:Publish" | "iot:RetainPublish" | "iot:Subscribe" | "iot:Receive";

/**
 * Whether AWS IoT Core would allow it: nothing is, unless a statement allows it and none denies it. `resource` is a
 * whole ARN, e.g. `arn:aws:iot:eu-central-1:123456789012:topic/atlas/hula/333/tunnel/state`.
 */
export function allows(
  policies: readonly PolicyDocument[],
  subject: PolicySubject,
  action: IotAction,
  resource: string,
): boolean {
  const statements = policies.flatMap(({ Statement }) => Statement);
  const speaksOf = (statement: PolicyStatement): boolean =>
    list(statement.Action).some((pattern) => matchesGlob(pattern, action)) &&
    list(statement.Resource).some((pattern) => matchesResource(pattern, subject, resource));
  // A condition is not understood here: it can only take access away.
  const denied = statements.some((statement) => statement.Effect === "Deny" && speaksOf(statement));
  const allowed = statements.some(
    (statement) => statement.Effect === "Allow" && statement.Condition === undefined && speaksOf(statement),
  );
  return allowed && !denied;
}

/** In a resource `*` spans topic levels; a topic filter's own `+` and `#` are plain characters here. */
function matchesResource(pattern: string, subject: PolicySubject, resource: string): boolean {
  const substituted = substitute(pattern, subject);
  return substituted !== undefined && matchesGlob(substituted, resource);
}

const VARIABLES: Readonly<Record<string, keyof PolicySubject>> = {
  "iot:Certificate.Subject.CommonName": "commonName",
  "iot:Certificate.Subject.Organization": "organization",
  "iot:Certificate.Subject.OrganizationalUnit": "organizationalUnit",
};

/** Undefined where AWS would leave a variable as it stands, so that the resource matches nothing. */
function substitute(pattern: string, subject: PolicySubject): string | undefined {
  let known = true;
  const text = pattern.replace(/\$\{([^}]*)\}/g, (_, name: string) => {
    const variable = VARIABLES[name];
    const value = variable === undefined ? "" : subject[variable];
    if (value === "" || /[*$+?#]/.test(value)) known = false;
    return value;
  });
  return known ? text : undefined;
}

const list = (value: string | readonly string[]): readonly string[] =>
  typeof value === "string" ? [value] : value;
