import { generateKeyPairSync } from "node:crypto";
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "@jest/globals";
import { wireAdmission } from "../../adapters/wire.ts";
import { clientIdOf, recordPath } from "../../core/names.ts";
import { type AdmitPorts, admit } from "../../flows/admit.ts";
import { reconcile } from "../../flows/reconcile.ts";
import { makeCsr, pemOf, subjectOf } from "../core/made-csr.ts";
import { RealmOnForge } from "../fixtures/realm-on-forge.ts";
import { id } from "../made/access.ts";
import { until } from "../made/running-sandbox.ts";
import type { BrokerIdentity } from "./broker-identities.ts";
import { CONTROLLER } from "./controller-account.ts";
import { canRunMosquitto, type OwnBroker, startOwnMosquitto } from "./own-brokers.ts";
import { OwnRealm } from "./own-realm.ts";
import { freePorts } from "./stock-host.ts";
import { DEVICE, startWokenRealm, type WokenRealm } from "./woken-realm.ts";

const SUFFIX = ".t.example.org";

(canRunMosquitto ? describe : describe.skip)(
  "from an issue to a shell, by a broker and a CA of one's own",
  () => {
    let folder = "";
    let own: OwnRealm;
    let forge: RealmOnForge;
    let broker: OwnBroker | undefined;
    let woken: WokenRealm | undefined;
    let port = 0;
    let bot: AdmitPorts;

    beforeAll(async () => {
      folder = await mkdtemp(join(tmpdir(), "warren-test-"));
      [port = 0] = await freePorts(1);
      own = await OwnRealm.make(folder, { port, presence: false });
      forge = await RealmOnForge.open();
      await forge.rewritesRealm((text) =>
        text
          .replace(/^broker:.*\n(?: .*\n)*/m, own.brokerText)
          .replace(".tunnels.example.org ", `${SUFFIX} `)
          .replace("may: [controller], then: ask, approvals: 1", "may: [controller], then: grant"),
      );
      const caKey = await readFile(join(folder, "ca/ca-key.pem"), "utf8");
      const repository = { owner: "wildlife", repo: "atlas" };
      const wired = wireAdmission({ client: forge.as("alice"), repository, self: { login: "alice" }, caKey });
      bot = forge.bot({ certificates: wired.certificates });
    }, 60_000);
    afterAll(async () => {
      await woken?.close();
      await broker?.stop();
      await forge.close();
      await rm(folder, { recursive: true });
    });

    /** Asks for a certificate in an issue, and takes the registry's record to the broker's realm. */
    const enrolled = async (computer: string): Promise<BrokerIdentity> => {
      const keys = generateKeyPairSync("ec", { namedCurve: "P-256" });
      const clientId = clientIdOf(id(computer), SUFFIX);
      const subject = subjectOf(clientId, id(computer).computer, id(computer).system);
      const issue = forge.opens("alice", `${computer}.x509.csr`, pemOf(makeCsr({ keys, subject })));
      expect((await admit(bot, issue)).kind).toBe("granted");
      const [certificate] = (await carried(computer)).certificates;
      const key = keys.privateKey.export({ type: "pkcs8", format: "pem" }).toString();
      return { clientId, key, cert: certificate?.pem ?? "" };
    };
    const carried = async (computer: string) => {
      const record = await forge.record(recordPath(id(computer)));
      if (record === undefined) throw new Error(`${computer} has no record`);
      own.commits(record);
      return record;
    };

    it("wakes the device by warren connect; once it is revoked, its agent is put out and nobody wakes it", async () => {
      const [device, controller] = [await enrolled(DEVICE), await enrolled(CONTROLLER)];
      await own.sync();
      broker = await startOwnMosquitto(own);
      const url = `mqtts://127.0.0.1:${port}`;
      woken = await startWokenRealm({ url, ca: own.ca.certPem, device, controller });
      expect(await woken.warren("connect", "333", "--", "echo", "hello")).toMatchObject({
        status: 0,
        stdout: "hello\n",
      });
      expect(await woken.warren("disconnect", "333")).toMatchObject({ status: 0 });

      // The service that keeps no books has nothing to mend.
      const { certificates, swept } = await reconcile(bot, {});
      expect({ certificates, failed: swept.failed }).toEqual({ certificates: [], failed: [] });

      const revocation = forge.opens("alice", `${DEVICE}.revoke`, "lost at sea");
      expect((await admit(bot, revocation)).kind).toBe("revoked");
      await carried(DEVICE);
      expect(await own.sync()).toEqual({ kind: "told", added: 0, removed: 1 });
      const { agentLog } = woken;
      await until(() => agentLog().trimEnd().endsWith("broker is offline") || undefined);
      const late = await woken.warren("connect", "--wake", "333");
      expect(late).toMatchObject({ status: 3, stdout: "" });
      expect(late.stderr).toContain("device 333.hula.atlas does not answer");
    }, 120_000);
  },
);
