import { describe, expect, it } from "@jest/globals";
import type { Directory } from "../../../core/access/directory.ts";
import { knownHosts, sshConfig } from "../../../core/computer/ssh-config.ts";
import { writtenDevice } from "../../../core/computer/written-device.ts";
import { id } from "../../made/access.ts";

const KEY = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIN75qounhUPoY6k7uNhjooFRPP3Tj+RZwYKGj+AtzCbr";
const controller = id("controller1.hula.atlas");
const proxy = { name: "eu", host: "tunnels.example.org", port: 2222, hostKeys: [KEY] };
const directory: Directory = {
  format: 1,
  realm: "atlas",
  system: "hula",
  sequence: 7,
  proxy,
  login: ["atlas"],
  legacy: false,
  devices: {
    "333": { port: 61333, hostKeys: [KEY] },
    "3334": { port: 61334, hostKeys: [KEY] },
    new: { port: 61335, hostKeys: [] },
  },
  controllers: {},
};
const config = sshConfig({
  id: controller,
  proxy,
  directory,
  files: { identity: "/p/identity", knownHosts: "/p/known_hosts", sockets: "/p/s" },
});
if (!config.ok) throw new Error(config.problem);
const files = {
  profile: '{"format":1}',
  config: config.value,
  knownHosts: knownHosts(controller, proxy, directory),
};

describe("writtenDevice", () => {
  it.each(["333", "333.hula", "333.hula.atlas"])("finds the device that %j stands for", (name) => {
    expect(writtenDevice(name, files)).toBe("333.hula.atlas");
  });

  it.each([
    ["", "no name"],
    ["33", "a part of a name"],
    ["334", "a device that is not there"],
    ["*.hula.atlas", "a pattern"],
    ["_proxy.hula.atlas", "the proxy"],
    ["new", "a device without a pinned host key"],
  ])("finds none by %j: %s", (name) => {
    expect(writtenDevice(name, files)).toBeUndefined();
  });

  it("finds none where two systems have a device of the name", () => {
    const two = { ...files, config: `${files.config}\nHost 333.bold.atlas\n` };
    expect(writtenDevice("333", two)).toBeUndefined();
    expect(writtenDevice("333.hula", two)).toBe("333.hula.atlas");
  });

  it.each(['{"broker":{}}', "null", "not JSON", ""])(
    "leaves a device to be woken by the profile %j",
    (profile) => {
      expect(writtenDevice("333", { ...files, profile })).toBeUndefined();
    },
  );
});
