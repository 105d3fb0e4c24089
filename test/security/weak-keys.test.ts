import { describe, expect, it } from "@jest/globals";
import { hostile } from "../corpus/corpus.ts";
import { decided, rulesOf } from "./deciding.ts";

const weak = hostile.filter(({ name }) =>
  /^(rsa:|policy:|key: (dss|zero point|identity|beyond the field|p256 off|infinity|other curve|unknown curve)|csr: (rsa512|rsa-e3|e = 3|small RSA|sha1|secp256k1))/.test(
    name,
  ),
);

describe("a submitter with a weak key", () => {
  it("is tried with at least twenty", () => {
    expect(weak.length).toBeGreaterThanOrEqual(20);
  });

  it.each(weak.map((each) => [each.name, each] as const))("is refused: %s", (_name, { title, body }) => {
    const decision = decided({ title, body });
    expect(decision.kind).toBe("refuse");
    expect(["submission.text", "keys"]).toContain(rulesOf(decision)[0]);
  });
});
