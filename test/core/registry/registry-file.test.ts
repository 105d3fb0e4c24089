import { describe, expect, it } from "@jest/globals";
import { printRegistryHead, readRegistryHead } from "../../../core/registry/registry-file.ts";
import { at } from "../../made/access.ts";

const hula = {
  proxy: "us",
  sequence: 12,
  about: "ab".repeat(32),
  left: [{ proxy: "eu", until: at("2026-12-21T08:30:00Z") }],
};
const tern = { ...hula, left: [] };
const head = {
  format: 1,
  sequence: 12,
  systems: new Map([
    ["tern", tern],
    ["hula", hula],
  ]),
} as const;
const text = printRegistryHead(head);

describe("registry.json", () => {
  it("is printed one system a line, sorted, and read back", () => {
    expect(text).toBe(`{
  "format": 1,
  "sequence": 12,
  "systems": {
    "hula": {"proxy":"us","sequence":12,"about":"${hula.about}","left":[{"proxy":"eu","until":"2026-12-21T08:30:00Z"}]},
    "tern": {"proxy":"us","sequence":12,"about":"${hula.about}","left":[]}
  }
}
`);
    expect(readRegistryHead(text)).toEqual({ ok: true, value: head });
  });

  it.each(['{"format":1,"sequence":3}', printRegistryHead({ format: 1, sequence: 3 })])(
    "reads without systems, however it is spaced: %#",
    (plain) => {
      expect(readRegistryHead(plain)).toEqual({
        ok: true,
        value: { format: 1, sequence: 3, systems: new Map() },
      });
    },
  );

  it.each([
    ["no JSON", "registry"],
    ["another format", text.replace('"format": 1', '"format": 2')],
    ["no sequence", '{"format":1}'],
    ["a sequence below nothing", '{"format":1,"sequence":-1}'],
    ["an unknown key", '{"format":1,"sequence":1,"more":1}'],
    ["a doubled key", '{"format":1,"sequence":9,"sequence":1}'],
    ["another order of keys", '{"sequence":1,"format":1}'],
    ["systems that are none", '{"format":1,"sequence":1,"systems":{}}'],
    ["a system's name that is none", text.replace('"hula":', '"Hula":')],
    ["a system ahead of the registry", text.replaceAll('"sequence":12', '"sequence":13')],
    ["a hash that is none", text.replace(hula.about, "ab")],
    ["an instant that is none", text.replace("12-21", "13-21")],
    ["a proxy that was left and is not", text.replace('"proxy":"eu"', '"proxy":"us"')],
    ["systems in another order", text.replace('"hula":', '"wren":')],
  ])("refuses %s", (_what, changed) => {
    expect(changed).not.toBe(text);
    expect(readRegistryHead(changed).ok).toBe(false);
  });
});
