import type { Hono } from "hono";
import * as z from "zod";
import type { Iot } from "./iot.ts";
import { type Policy, type PolicyVersion, versionIn } from "./policies.ts";
import {
  bodyOf,
  type Call,
  type Env,
  flag,
  listed,
  pageIn,
  param,
  type Request,
  seconds,
  showPolicy,
} from "./request.ts";

/** Policies and their versions. */
export function policyRoutes(app: Hono<Env>, iot: Iot, call: Call): void {
  const policyIn = (c: Request): Policy => iot.getPolicy(param(c, "policy"));

  app.post(
    "/policies/:policy",
    call("CreatePolicy", (c) => {
      const policy = iot.createPolicy(param(c, "policy"), textIn(c));
      return {
        ...showPolicy(policy),
        policyDocument: policy.version.text,
        policyVersionId: policy.version.id,
      };
    }),
  );
  app.get(
    "/policies",
    call("ListPolicies", (c) => listed("policies", iot.listPolicies(pageIn(c)), showPolicy)),
  );
  app.get(
    "/policies/:policy",
    call("GetPolicy", (c) => {
      const policy = policyIn(c);
      return {
        ...showPolicy(policy),
        policyDocument: policy.version.text,
        defaultVersionId: policy.version.id,
        creationDate: seconds(policy.createdAt),
        lastModifiedDate: seconds(policy.version.createdAt),
      };
    }),
  );
  app.delete(
    "/policies/:policy",
    call("DeletePolicy", (c) => iot.deletePolicy(param(c, "policy"))),
  );
  app.post(
    "/policies/:policy/version",
    call("CreatePolicyVersion", (c) => {
      const version = iot.createPolicyVersion(param(c, "policy"), textIn(c), flag(c, "setAsDefault"));
      return { policyArn: policyIn(c).arn, ...showVersion(policyIn(c), version) };
    }),
  );
  app.get(
    "/policies/:policy/version",
    call("ListPolicyVersions", (c) => {
      const policy = policyIn(c);
      return {
        policyVersions: policy.versions.toReversed().map((version) => ({
          versionId: version.id,
          isDefaultVersion: version === policy.version,
          createDate: seconds(version.createdAt),
        })),
      };
    }),
  );
  app.get(
    "/policies/:policy/version/:version",
    call("GetPolicyVersion", (c) => {
      const policy = policyIn(c);
      const version = versionIn(policy, param(c, "version"));
      const creationDate = seconds(version.createdAt);
      return {
        ...showPolicy(policy),
        ...showVersion(policy, version),
        creationDate,
        lastModifiedDate: creationDate,
      };
    }),
  );
  app.patch(
    "/policies/:policy/version/:version",
    call("SetDefaultPolicyVersion", (c) =>
      iot.setDefaultPolicyVersion(param(c, "policy"), param(c, "version")),
    ),
  );
  app.delete(
    "/policies/:policy/version/:version",
    call("DeletePolicyVersion", (c) => iot.deletePolicyVersion(param(c, "policy"), param(c, "version"))),
  );
}

const policyBody = z.object({ policyDocument: z.string() });
const textIn = (c: Request): string => bodyOf(c, policyBody).policyDocument;

const showVersion = (policy: Policy, version: PolicyVersion) => ({
  policyDocument: version.text,
  policyVersionId: version.id,
  isDefaultVersion: version === policy.version,
});
