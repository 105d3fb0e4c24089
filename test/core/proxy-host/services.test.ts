import { describe, expect, it } from "@jest/globals";
import { accessOf } from "../../../core/access/access.ts";
import { servicesBlock } from "../../../core/proxy-host/services.ts";
import { Registry } from "../../../core/registry/registry.ts";
import { madeRealm, madeRecord, madeSystem } from "../../made/access.ts";

describe("servicesBlock", () => {
  it("names the devices' ports, those of a system together, in the order of the ports", () => {
    const records = [
      madeRecord("333.hula.atlas", { port: 61333 }),
      madeRecord("7.hula.atlas", { port: 61007 }),
      madeRecord("controller1.hula.atlas"),
    ];
    const access = accessOf(madeRealm([madeSystem("hula")]), Registry.of(1, records)).get("eu");
    const text = access?.files.get("directory/hula.json") ?? "";
    expect(servicesBlock(new Map([["hula", text]]))).toEqual({
      ok: true,
      value: { name: "ports of devices", lines: ["7.hula\t61007/tcp", "333.hula\t61333/tcp"], place: "last" },
    });
  });

  it("refuses a directory that Warren didn't print", () => {
    expect(servicesBlock(new Map([["hula", "{}"]]))).toMatchObject({ ok: false });
  });
});
