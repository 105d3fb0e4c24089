import { describe, expect, it } from "@jest/globals";
import { accessOf } from "../../../core/access/access.ts";
import { checkGeneration } from "../../../core/access/generation.ts";
import { MOST_SYSTEMS } from "../../../core/access/manifest.ts";
import { Registry } from "../../../core/registry/registry.ts";
import { madeRealm, madeRecord, madeSystem } from "../../made/access.ts";

const realm = madeRealm([
  madeSystem("hula", { legacy: true, ports: { first: 61000, last: 61003 } }),
  madeSystem("tern", { ports: { first: 62000, last: 62099 } }),
]);
const access = accessOf(
  realm,
  Registry.of(5, [
    madeRecord("1.hula.atlas", { port: 61001 }),
    madeRecord("2.hula.atlas", { port: 61002 }),
    madeRecord("controller1.hula.atlas"),
    madeRecord("boat.tern.atlas", { port: 62000 }),
  ]),
).get("eu");
if (access === undefined) throw new Error("the realm has no proxy eu");
const { files, manifest } = access;

/** The problems after one change of one file's text, which must change something. */
function problemsWith(path: string, change: (text: string) => string): readonly string[] {
  const text = files.get(path) ?? "";
  expect(change(text)).not.toBe(text);
  return checkGeneration(manifest, new Map(files).set(path, change(text))).problems;
}
const inKeys = (change: (text: string) => string, system = "hula") =>
  problemsWith(`authorized_keys/${system}`, change);
const FORWARDS = /port-forwarding,.*?,(?=command="1\.)/;

describe("checkGeneration", () => {
  it("passes a legacy system beside another", () => {
    expect(checkGeneration(manifest, files).problems).toEqual([]);
  });

  it("refuses a line with another range than its system's", () => {
    const wider = inKeys((text) =>
      text.replace(
        ',permitopen="127.0.0.1:61002"',
        ',permitlisten="localhost:61004",permitopen="127.0.0.1:61002"',
      ),
    );
    expect(wider).toContain("2.hula.atlas has another legacy range than the lines before it");
    const none = inKeys((text) => text.replace(/,permitlisten="localhost:\d+"/g, ""));
    expect(none).toContain("controller1.hula.atlas has another legacy range than the lines before it");
  });

  it("refuses a range in a system whose directory is not legacy, or is missing", () => {
    const says = "authorized_keys/hula: has a legacy range, and its directory is not of a legacy system";
    expect(
      problemsWith("directory/hula.json", (text) => text.replace('"legacy": true', '"legacy": false')),
    ).toEqual([says]);
    const without = new Map(files);
    without.delete("directory/hula.json");
    expect(checkGeneration(manifest, without).problems).toEqual([says]);
  });

  it("refuses a range that holds another system's port", () => {
    expect(inKeys((text) => text.replaceAll("62000", "61003"), "tern")).toEqual([
      "legacy range of hula holds the port of boat.tern.atlas",
    ]);
  });

  it("refuses who may only ask where the directory names this proxy", () => {
    expect(inKeys((text) => text.replace(FORWARDS, ""))).toContain("1.hula.atlas may only ask here");
  });

  it("refuses forwards where the directory names another proxy", () => {
    expect(problemsWith("directory/tern.json", (text) => text.replace('"name":"eu"', '"name":"us"'))).toEqual(
      ["boat.tern.atlas forwards here, and its directory names another proxy"],
    );
  });

  it("says little of a file with a million wrong lines", () => {
    expect(inKeys(() => "\n".repeat(1_000_000)).length).toBeLessThan(200);
  });

  it("refuses a port that sshd's own account alone may take, and more systems than a host has accounts for", () => {
    expect(inKeys((text) => text.replaceAll("61001", "1023"))).not.toEqual([]);
    const many = new Map(files);
    for (let n = 0; n <= MOST_SYSTEMS; n++) many.set(`authorized_keys/a${n}`, "");
    expect(checkGeneration(manifest, many).problems).toEqual([
      `bundle has files of ${MOST_SYSTEMS + 3} systems; ${MOST_SYSTEMS} at most`,
    ]);
  });
});
