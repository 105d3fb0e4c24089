import { describe, expect, it } from "@jest/globals";
import type { Directory } from "../../../core/access/directory.ts";
import { knownHosts, sshConfig } from "../../../core/computer/ssh-config.ts";
import { isAsWritten, markOf, writtenDevice } from "../../../core/computer/written.ts";
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

describe("markOf", () => {
  const written = { ...files, directory: "{}\n", signature: "-----END\n" };

  it("is another for another text of each file, and for another version", () => {
    const changed = Object.entries(written).map(([file, text]) => ({ ...written, [file]: `${text} ` }));
    const swapped = { ...written, directory: written.signature, signature: written.directory };
    const marks = [written, ...changed, swapped].map((each) => markOf(each, "1.0.0"));
    expect(new Set([...marks, markOf(written, "1.0.1")]).size).toBe(marks.length + 1);
  });
});

describe("isAsWritten", () => {
  const signature = "-----BEGIN SSH SIGNATURE-----\nAAAA\n-----END SSH SIGNATURE-----\n";
  const written = { ...files, directory: "{}\n", signature };

  it.each([
    ["the same", `{}\n${signature}`, true],
    ["the same without its last line break", `{}\n${signature}`.trimEnd(), true],
    ["another directory", `{ }\n${signature}`, false],
    ["another signature", `{}\n${signature.replace("AAAA", "AAAB")}`, false],
    ["no signature", "{}\n", false],
    ["nothing", "", false],
  ])("of %s", (_what, answer, is) => {
    expect(isAsWritten(answer, written)).toBe(is);
  });
});
