import { describe, expect, it } from "@jest/globals";
import { HostNetwork } from "../../adapters/network/network.ts";
import type { SshdFacts } from "../../core/proxy-host/facts.ts";
import type { Finding } from "../../flows/doctor/check.ts";
import { computerChecks } from "../../flows/doctor/computer.ts";
import { madeKey } from "../made/access.ts";

const DEVICE = "333.hula.atlas";

/** What a doctor finds of a device whose sshd says that; undefined: it may not be asked. */
async function found(settings?: SshdFacts["settings"]): Promise<readonly Finding[] | undefined> {
  const nobody = () => Promise.reject(new Error("nobody is asked"));
  const checks = computerChecks(
    { network: new HostNetwork(), now: () => new Date() },
    {
      profile: {
        format: 1,
        id: DEVICE,
        repository: "wildlife/atlas",
        proxy: { host: "proxy.example.org", port: 22, hostKeys: [madeKey("proxy")] },
        signers: [madeKey("signer")],
      },
      folder: "/nowhere",
      store: { load: nobody, save: nobody },
      signatures: { verify: nobody },
      desk: { ask: nobody },
      open: nobody,
      certificate: nobody,
      ...(settings === undefined ? {} : { sshd: async () => settings }),
    },
  );
  return checks.find(({ name }) => name === `${DEVICE} sshd`)?.run();
}

describe("a doctor of a device's sshd", () => {
  it("finds that failed logins would shut everybody out, and says what to write where", async () => {
    const text = "persourcepenalties crash:90 authfail:5 max:600\npersourcepenaltyexemptlist none\n";
    expect(await found({ ok: true, text })).toEqual([
      {
        outcome: "problem",
        says: expect.stringContaining("shut everybody out"),
        fix: expect.stringContaining("PerSourcePenaltyExemptList 127.0.0.1,::1"),
      },
    ]);
  });

  it("finds nothing wrong with an older one", async () => {
    expect(await found({ ok: true, text: "port 22\n" })).toEqual([
      { outcome: "ok", says: "failed logins through the tunnel shut nobody else out" },
    ]);
  });

  it("says that it could not look where sshd does not answer, and is silent where it may not ask", async () => {
    expect(await found({ ok: false, says: "no hostkeys available" })).toEqual([
      expect.objectContaining({ outcome: "unknown", says: expect.stringContaining("no hostkeys available") }),
    ]);
    expect(await found()).toBeUndefined();
  });
});
