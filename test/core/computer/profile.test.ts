import { describe, expect, it } from "@jest/globals";
import { type Profile, printProfile, readProfile } from "../../../core/computer/profile.ts";

const KEY = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIN75qounhUPoY6k7uNhjooFRPP3Tj+RZwYKGj+AtzCbr";

const controller: Profile = {
  format: 1,
  id: "controller1.hula.atlas",
  repository: "wildlife/atlas",
  proxy: { host: "tunnels.example.org", port: 22, hostKeys: [KEY] },
  signers: [KEY],
  broker: {
    url: "mqtts://xyz-ats.iot.example.org:8883",
    clientId: "controller1.hula.atlas.tunnels.example.org",
  },
};
const device: Profile = {
  ...controller,
  id: "333.hula.atlas",
  device: {
    sshd: { host: "127.0.0.1", port: 22 },
    authorizedKeys: { atlas: "/home/atlas/.ssh/authorized_keys" },
  },
};

describe("a profile", () => {
  it.each([controller, device])("is read as it was printed: $id", (profile) => {
    expect(readProfile(printProfile(profile))).toEqual({ ok: true, value: profile });
  });

  const { broker: _, ...withoutBroker } = controller;
  it("may be without a broker", () => {
    expect(readProfile(printProfile(withoutBroker))).toEqual({ ok: true, value: withoutBroker });
  });

  it.each<[string, unknown, string]>([
    ["an unknown field", { ...controller, admin: true }, "admin"],
    [
      "a host that ssh would take for an option",
      { ...controller, proxy: { ...controller.proxy, host: "-oProxyCommand=id" } },
      "proxy.host",
    ],
    [
      "a host with a line break",
      { ...controller, proxy: { ...controller.proxy, host: "a\nProxyCommand id" } },
      "proxy.host",
    ],
    [
      "a proxy without host keys",
      { ...controller, proxy: { ...controller.proxy, hostKeys: [] } },
      "proxy.hostKeys",
    ],
    ["a signer with options", { ...controller, signers: [`cert-authority ${KEY}`] }, "signers"],
    ["no signers", { ...controller, signers: [] }, "signers"],
    [
      "a broker without TLS",
      { ...controller, broker: { url: "mqtt://a:1883", clientId: "a" } },
      "broker.url",
    ],
    ["an id that is none", { ...controller, id: "../x" }, "id"],
    ["a device without its sshd", { ...controller, id: "333.hula.atlas" }, "device"],
    ["a controller with a device's part", { ...controller, device: device.device }, "device"],
    [
      "a relative authorized_keys",
      { ...device, device: { ...device.device, authorizedKeys: { atlas: "keys" } } },
      "device.authorizedKeys.atlas",
    ],
  ])("is refused with %s", (_what, profile, path) => {
    const read = readProfile(JSON.stringify(profile));
    expect(read).toMatchObject({ ok: false, problem: expect.stringContaining(path) });
  });
});
