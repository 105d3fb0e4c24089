import { readFileSync } from "node:fs";
import { describe, expect, it } from "@jest/globals";
import { guardProblem } from "../../core/access/guard.ts";
import { readRealm } from "../../core/realm/realm.ts";
import { Registry } from "../../core/registry/registry.ts";
import { plan } from "../../flows/plan.ts";
import { accepted, madeKey, madeRecord } from "../made/access.ts";

const text = readFileSync(new URL("../../realm.yaml", import.meta.url), "utf8");
const records = Array.from({ length: 20 }, (_, n) =>
  madeRecord(`${n + 1}.hula.atlas`, { port: 61001 + n, sshKeys: [accepted(madeKey(`${n}`))] }),
);
const registry = Registry.of(1, records);
const withoutHula = text.replace(/\n {2}hula:\n[\s\S]*?\n(?= {2}tern:)/, "\n");
const planned = (after: string) =>
  plan({ text, file: "realm.yaml" }, { text: after, file: "realm.yaml" }, registry).flatMap(
    ({ keys }) => keys,
  );

describe("a careless admin", () => {
  it("who takes a system out of realm.yaml is shown everyone who loses access", () => {
    const lost = planned(withoutHula);
    expect(lost).toHaveLength(20);
    expect(new Set(lost.map(({ kind }) => kind))).toEqual(new Set(["loses"]));
    expect(planned(text)).toEqual([]);
  });

  it("is stopped by the proxy's guard, if nobody looked", () => {
    expect(guardProblem({ held: 20, removed: planned(withoutHula).length, recent: 0 }, 0.25)).toMatch(
      /^guard allows/,
    );
  });

  it("who takes away the last admin, or names one whom nobody knows, gets no valid realm.yaml", () => {
    expect(readRealm(text.replace("admins: [alice] ", "admins: [] "), "realm.yaml").ok).toBe(false);
    expect(readRealm(text.replace("admins: [alice] ", "admins: [carol] "), "realm.yaml").ok).toBe(false);
    expect(readRealm(text.replace(/^admins: \[alice\].*\n/m, ""), "realm.yaml").ok).toBe(false);
    expect(readRealm(text.replace(/^ {2}alice: 583231.*\n/m, ""), "realm.yaml").ok).toBe(false);
    expect(readRealm(text, "realm.yaml").ok).toBe(true);
  });

  it("who empties realm.yaml, or leaves half of it, gets no valid realm.yaml", () => {
    for (const broken of ["", "{}", text.slice(0, text.length / 2), `${text}${text}`]) {
      expect(readRealm(broken, "realm.yaml").ok).toBe(false);
    }
  });
});
