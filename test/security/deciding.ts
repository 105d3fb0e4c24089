import { decide } from "../../core/decision/decide.ts";
import type { Decision } from "../../core/decision/decision.ts";
import { Registry } from "../../core/registry/registry.ts";
import type { Issue } from "../../core/submission/issue.ts";
import { at, issue, realm } from "../fixtures/people.ts";

/** What the example realm says of an issue of alice's, whom its rules trust with devices. */
export const decided = (more: Partial<Issue>, registry = Registry.empty): Decision =>
  decide({ realm, registry, issue: issue(more), isMember: () => false, proven: false, now: at("12:00:00") });

/** The rules that decided, the deciding one first. */
export const rulesOf = (decision: Decision): readonly string[] =>
  decision.kind === "none" ? [] : decision.because.map(({ rule }) => rule);
