import * as z from "zod";
import { LONGEST_POLICY, type PolicyDocument } from "../../core/iot/policy.ts";
import { readJson } from "../../core/json.ts";
import { IotRefusal } from "./refusal.ts";

const oneOrMore = z.union([z.string().min(1), z.array(z.string().min(1)).min(1)]);

const shape = z.strictObject({
  Version: z.literal("2012-10-17"),
  Id: z.string().optional(),
  Statement: z
    .array(
      z.strictObject({
        Sid: z.string().optional(),
        Effect: z.enum(["Allow", "Deny"]),
        Action: oneOrMore,
        Resource: oneOrMore,
        Condition: z.record(z.string(), z.unknown()).optional(),
      }),
    )
    .min(1),
});

/** A policy's text as AWS IoT Core would take it. */
export function readPolicyDocument(text: string): PolicyDocument {
  if (text.replaceAll(/\s/g, "").length > LONGEST_POLICY) {
    throw malformed(`it has more than ${LONGEST_POLICY} characters without blanks`);
  }
  const read = readJson(shape, text, "it");
  if (!read.ok) throw malformed(read.problem);
  return { Version: read.value.Version, Statement: read.value.Statement };
}

const malformed = (why: string): IotRefusal =>
  new IotRefusal("MalformedPolicyException", `Policy document is Malformed: ${why}`);
