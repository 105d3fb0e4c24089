import { describe, expect, it } from "@jest/globals";
import { findDevice, findDevices } from "../../../core/computer/find-device.ts";
import { type ComputerId, formatId, parseComputerId } from "../../../core/names.ts";

function idOf(text: string): { readonly id: ComputerId } {
  const read = parseComputerId(text);
  if (!read.ok) throw new Error(read.problem);
  return { id: read.value };
}

const devices = [
  "333.hula.atlas",
  "334.hula.atlas",
  "boat.tern.atlas",
  "333.tern.atlas",
  "hula.tern.atlas",
].map(idOf);
const idsOf = (found: ReturnType<typeof findDevices>): readonly string[] =>
  found.kind === "found" ? found.devices.map(({ id }) => formatId(id)) : [];

describe("findDevice", () => {
  it.each([
    ["334", "334.hula.atlas"],
    ["333.tern", "333.tern.atlas"],
    ["333.hula.atlas", "333.hula.atlas"],
    ["boat", "boat.tern.atlas"],
  ])("takes %s for %s", (name, id) => {
    expect(idsOf(findDevice(name, devices))).toEqual([id]);
  });

  it("lists the candidates of a name that fits two", () => {
    expect(findDevice("333", devices)).toEqual({
      kind: "ambiguous",
      ids: ["333.hula.atlas", "333.tern.atlas"],
    });
  });

  it("never takes the beginning of a name for the name", () => {
    expect(findDevice("33", devices)).toMatchObject({ kind: "unknown" });
    expect(findDevice("333.hul", devices)).toMatchObject({ kind: "unknown" });
  });

  it("lists close names of an unknown one, the nearest first", () => {
    expect(findDevice("335", devices)).toEqual({
      kind: "unknown",
      close: ["333.hula.atlas", "333.tern.atlas", "334.hula.atlas"],
    });
    expect(findDevice("baot.tern", devices)).toEqual({ kind: "unknown", close: ["boat.tern.atlas"] });
    expect(findDevice("zebra", devices)).toEqual({ kind: "unknown", close: [] });
  });
});

describe("findDevices", () => {
  it.each([
    ["33?", ["333.hula.atlas", "334.hula.atlas", "333.tern.atlas"]],
    ["3*.hula", ["333.hula.atlas", "334.hula.atlas"]],
    ["*.tern.atlas", ["boat.tern.atlas", "333.tern.atlas", "hula.tern.atlas"]],
    ["tern", ["boat.tern.atlas", "333.tern.atlas", "hula.tern.atlas"]],
    ["hula.atlas", ["333.hula.atlas", "334.hula.atlas"]],
    // A device of that name comes first.
    ["hula", ["hula.tern.atlas"]],
    ["boat", ["boat.tern.atlas"]],
  ])("takes %s for %j", (target, ids) => {
    expect(idsOf(findDevices(target, devices))).toEqual(ids);
  });

  it("does not let a star cross a dot", () => {
    expect(findDevices("b*atlas", devices)).toMatchObject({ kind: "unknown" });
  });
});
