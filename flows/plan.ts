import { accessOf } from "../core/access.ts";
import { type ProxyPlan, planOf } from "../core/plan.ts";
import type { Registry } from "../core/registry.ts";
import { type RealmText, realmIn } from "./realm-text.ts";

/** What a change of realm.yaml would change on the proxies, by the registry as it is. */
export const plan = (before: RealmText, after: RealmText, registry: Registry): readonly ProxyPlan[] =>
  planOf(accessOf(realmIn(before), registry), accessOf(realmIn(after), registry));
