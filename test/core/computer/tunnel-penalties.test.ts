import { describe, expect, it } from "@jest/globals";
import { penalizesTunnel } from "../../../core/computer/tunnel-penalties.ts";

const PENALTIES =
  "persourcepenalties crash:90 authfail:5 noauth:1 grace-exceeded:10 refuseconnection:10 max:600 min:15 max-sources4:65536 overflow:permissive";

describe("penalizesTunnel", () => {
  it.each([
    ["OpenSSH 10's own settings", `port 22\n${PENALTIES}\npersourcepenaltyexemptlist none\n`, true],
    ["OpenSSH 9.2, which has none", "port 22\nusepam yes\n", false],
    ["none that are on", "persourcepenalties no\npersourcepenaltyexemptlist none\n", false],
    ["loopback exempt", `${PENALTIES}\npersourcepenaltyexemptlist 127.0.0.1,::1\n`, false],
    ["all of loopback exempt", `${PENALTIES}\npersourcepenaltyexemptlist 10.0.0.0/8,127.0.0.0/8\n`, false],
    ["another address exempt", `${PENALTIES}\npersourcepenaltyexemptlist 127.0.0.10\n`, true],
    [
      "crashes alone",
      "persourcepenalties crash:90 authfail:0 noauth:0 max:600 min:15 max-sources4:65536\n",
      false,
    ],
  ])("of an sshd with %s", (_what, settings, does) => {
    expect(penalizesTunnel(settings)).toBe(does);
  });
});
