import { z } from "zod";
import { LONGEST_POLICY, type PolicyDocument } from "../../core/iot-policy.ts";
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

/** A policy document as AWS IoT Core would take it; a text that it wouldn't take is refused by AWS's name for it. */
export function readPolicyDocument(text: string): PolicyDocument {
  const length = text.replace(/\s/g, "").length;
  if (length > LONGEST_POLICY) {
    throw new IotRefusal(
      "MalformedPolicyException",
      `policy document has ${length} characters without blanks; ${LONGEST_POLICY} at most`,
    );
  }
  const read = readJson(shape, text, "policy document");
  if (!read.ok) throw new IotRefusal("MalformedPolicyException", read.problem);
  const { Version, Statement } = read.value;
  return { Version, Statement };
}
