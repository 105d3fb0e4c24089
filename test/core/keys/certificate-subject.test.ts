import { describe, expect, it } from "@jest/globals";
import { subjectOfCertificate } from "../../../core/keys/certificate-subject.ts";
import { startedIot } from "../../made/iot.ts";
import { makeCsr, pemOf, subjectOf } from "../made-csr.ts";

describe("subjectOfCertificate", () => {
  it("reads what the request asked for", async () => {
    const iot = await startedIot();
    const subject = subjectOf("333.hula.atlas.tunnels.example.org", "333", "hula");
    const { pem } = await iot.model.createCertificateFromCsr(pemOf(makeCsr({ subject })));
    await iot.close();
    expect(subjectOfCertificate(pem)).toEqual({
      ok: true,
      value: {
        commonName: "333.hula.atlas.tunnels.example.org",
        organizationalUnit: "333",
        organization: "hula",
      },
    });
  });

  it("refuses what is no certificate", () => {
    expect(subjectOfCertificate("hello")).toMatchObject({ ok: false });
    expect(
      subjectOfCertificate("-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n"),
    ).toMatchObject({
      ok: false,
    });
  });
});
