import { accessOf } from "../core/access/access.ts";
import { type ProxyPlan, planOf } from "../core/access/plan.ts";
import type { Registry } from "../core/registry/registry.ts";
import { type RealmText, realmIn } from "./realm-text.ts";

/** What a change of realm.yaml would change on the proxies, by the registry as it is. */
export const plan = (before: RealmText, after: RealmText, registry: Registry): readonly ProxyPlan[] =>
  planOf(accessOf(realmIn(before), registry), accessOf(realmIn(after), registry));
