import { beforeEach, describe, expect, it } from "@jest/globals";
import { type Directory, printDirectory } from "../../core/access/directory.ts";
import { Failure } from "../../core/failure.ts";
import type { SignedText } from "../../core/keys/signed-text.ts";
import { type ComputerId, parseComputerId } from "../../core/names.ts";
import {
  controlTopic,
  leaseHash,
  leaseIdFrom,
  presenceTopic,
  printState,
  stateTopic,
} from "../../core/tunnel/messages.ts";
import { Leases } from "../../flows/leases.ts";
import { Visit, type VisitPorts } from "../../flows/visit.ts";
import { InMemoryBroker } from "../fixtures/in-memory-broker.ts";
import { MovedTime } from "../made/moved-time.ts";

const KEY = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIDsan/ZqyKU/9HRExGZ8zXFIJYowkrdLSFB2h9J2wrsm";
const SIGNER = "the realm's key";
const directory: Directory = {
  format: 1,
  realm: "atlas",
  system: "hula",
  sequence: 5,
  proxy: { name: "eu", host: "proxy.example.org", port: 22, hostKeys: [KEY] },
  login: ["atlas"],
  legacy: false,
  devices: { 333: { port: 61333, hostKeys: [KEY] } },
  controllers: { "controller-a": { keys: [{ key: KEY }] } },
};

function idOf(text: string): ComputerId {
  const read = parseComputerId(text);
  if (!read.ok) throw new Error(read.problem);
  return read.value;
}
const device = idOf("333.hula.atlas");

let time: MovedTime;
let broker: InMemoryBroker;
/** What the proxy serves, and who "signed" it. */
let served: Directory | Failure;
let signedBy: string;
let kept: SignedText | undefined;
let prepared: (number | undefined)[];
let warnings: string[];
let answering: number[];

beforeEach(() => {
  time = new MovedTime();
  broker = new InMemoryBroker();
  [served, signedBy, kept, prepared, warnings, answering] = [directory, SIGNER, undefined, [], [], []];
});

function visit(withBroker: boolean, more: Partial<VisitPorts> = {}): Visit {
  const ports: VisitPorts = {
    signatures: {
      verify: async (_text, signature, signers) => signers.some((key) => signature.includes(key)),
    },
    store: {
      load: async () => kept,
      save: async (signed) => {
        kept = signed;
      },
    },
    desk: {
      ask: async () => {
        if (served instanceof Failure) throw served;
        const armor = `-----BEGIN SSH SIGNATURE-----\n${signedBy}\n-----END SSH SIGNATURE-----\n`;
        return `${printDirectory(served)}${armor}`;
      },
    },
    prepare: async (seen) => void prepared.push(seen?.sequence),
    answers: async (port) => answering.includes(port),
    warn: (message) => void warnings.push(message),
    ...more,
    ...(withBroker
      ? { leases: new Leases({ broker, stopwatch: time, random: () => new Uint8Array(16) }) }
      : {}),
  };
  return new Visit(ports, { id: idOf("controller-a.hula.atlas"), signers: [SIGNER] });
}

const reach = (withBroker = false, known = directory) =>
  time.during(visit(withBroker).reach(known, [device]));

/** A device of the older kind, whose tunnel it says has this port. */
function answersWith(port: number): void {
  broker.listen(
    controlTopic(device),
    () => void broker.publish(stateTopic(device), `connected|port=${port}`),
  );
}

describe("a visit", () => {
  it("reaches a device of a realm without a broker as the directory says", async () => {
    expect(await reach()).toEqual([{ ok: true, id: device }]);
    expect(prepared).toEqual([5]);
  });

  it("tells ssh anew where the directory is newer", async () => {
    served = { ...directory, sequence: 6 };
    expect(await reach()).toEqual([{ ok: true, id: device }]);
    expect(prepared).toEqual([5, 6]);
    expect(kept?.text).toBe(printDirectory(served));
  });

  it.each([
    ["older", { ...directory, sequence: 4 }, SIGNER, "directory has sequence 4; 5 was seen already"],
    ["by no key of the realm", directory, "the proxy's own key", "none of the keys"],
    ["of another system", { ...directory, system: "tern" }, SIGNER, "another system"],
  ])(
    "goes on with the directory that it knows where the proxy's is %s",
    async (_what, other, signer, says) => {
      [served, signedBy] = [other, signer];
      expect(await reach()).toEqual([{ ok: true, id: device }]);
      expect(warnings).toEqual([expect.stringContaining(says)]);
      expect(kept).toBeUndefined();
    },
  );

  it("fails where the proxy does not answer", async () => {
    served = new Failure("unavailable", "proxy does not answer");
    await expect(reach()).rejects.toMatchObject({ code: "unavailable", message: "proxy does not answer" });
  });

  it("does not reach a device that is not enrolled any more", async () => {
    served = { ...directory, sequence: 6, devices: {} };
    expect(await reach()).toMatchObject([
      { ok: false, failure: { code: "refused", message: "333.hula.atlas is not enrolled any more" } },
    ]);
  });

  it("does not reach a device that nobody could tell from another", async () => {
    served = { ...directory, devices: { 333: { port: 61333, hostKeys: [] } } };
    expect(await reach()).toMatchObject([
      {
        ok: false,
        failure: { code: "refused", hint: expect.stringContaining("333.hula.atlas.hostkey.pub") },
      },
    ]);
  });

  it("believes the signed directory about the port, and not the device", async () => {
    answersWith(61999);
    expect(await reach(true)).toMatchObject([
      {
        ok: false,
        failure: {
          code: "refused",
          message: "333.hula.atlas says that its tunnel has port 61999; the signed directory says 61333",
        },
      },
    ]);
  });

  it("believes a device about its port in a system of the older kind alone", async () => {
    served = { ...directory, sequence: 6, legacy: true };
    answersWith(61999);
    expect(await reach(true)).toEqual([{ ok: true, id: device, port: 61999 }]);
  });

  it("fails for a device that does not answer", async () => {
    expect(await reach(true)).toMatchObject([{ ok: false, failure: { code: "unavailable" } }]);
  });

  it("reaches a device that does not answer, but whose tunnel is up", async () => {
    answering = [61333];
    expect(await reach(true)).toEqual([{ ok: true, id: device }]);
    expect(warnings).toEqual([
      expect.stringMatching(/nothing heard within 10 s; its tunnel is up all the same$/),
    ]);
  });

  it("does not wait for a device that its broker knows to be gone", async () => {
    broker.retained.set(presenceTopic(device), "offline|v=2|boot=b|since=1764000000");
    const presence = { broker, stopwatch: time };
    const reached = time.during(visit(true, { presence }).reach(directory, [device]));
    expect(await reached).toMatchObject([
      {
        ok: false,
        failure: {
          code: "unavailable",
          message: "device 333.hula.atlas is offline since 2025-11-24T16:00:00Z",
        },
      },
    ]);
    expect(time.now()).toBeLessThanOrEqual(1_000);
  });

  it("asks whom the broker knows nothing of, where it knows of others; who is silent is gone", async () => {
    broker.retained.set(presenceTopic(idOf("334.hula.atlas")), "online|v=2|boot=b|tunnel=down|since=7");
    const presence = { broker, stopwatch: time };
    const reached = time.during(visit(true, { presence }).reach(directory, [device]));
    const message = "device 333.hula.atlas is offline: it never said it was there";
    expect(await reached).toMatchObject([{ ok: false, failure: { code: "unavailable", message } }]);
    expect(time.now()).toBeLessThanOrEqual(3_000);
  });

  it("waits for it where the broker retains nothing, and where its program may be of the older kind", async () => {
    const presence = { broker, stopwatch: time };
    const message = expect.stringContaining("nothing heard within 10 s");
    const asked = () => time.during(visit(true, { presence }).reach(served as Directory, [device]));
    expect(await asked()).toMatchObject([{ ok: false, failure: { message } }]);
    broker.retained.set(presenceTopic(idOf("334.hula.atlas")), "online|v=2|boot=b|tunnel=down|since=7");
    served = { ...directory, legacy: true };
    expect(await asked()).toMatchObject([{ ok: false, failure: { message } }]);
  });

  it("waits for a device that answers the question, as long as its tunnel takes", async () => {
    broker.retained.set(presenceTopic(idOf("334.hula.atlas")), "online|v=2|boot=b|tunnel=down|since=7");
    const leases = [leaseHash(leaseIdFrom(new Uint8Array(16)))];
    const up = printState({ word: "connected", form: "lease", port: 61333, boot: "b", count: 1, leases });
    const say = (payload: string) => void broker.publish(stateTopic(device), payload);
    broker.listen(controlTopic(device), (word) => {
      if (word === "state") say("disconnected");
      else time.after(6_000, () => say(up));
    });
    const presence = { broker, stopwatch: time };
    const reached = await time.during(visit(true, { presence }).reach(directory, [device]));
    expect(reached).toEqual([{ ok: true, id: device }]);
  });

  it("reaches a device that answers, whatever was retained of it", async () => {
    broker.retained.set(presenceTopic(device), "offline|v=2|boot=b");
    const leases = [leaseHash(leaseIdFrom(new Uint8Array(16)))];
    const up = printState({ word: "connected", form: "lease", port: 61333, boot: "b", count: 1, leases });
    broker.listen(controlTopic(device), () => void broker.publish(stateTopic(device), up));
    const presence = { broker, stopwatch: time };
    const reached = await time.during(visit(true, { presence }).reach(directory, [device]));
    expect(reached).toEqual([{ ok: true, id: device }]);
  });

  it("reaches those that answer without waiting for one that does not", async () => {
    const silent = idOf("334.hula.atlas");
    const known = { ...directory, devices: { ...directory.devices, 334: { port: 61334, hostKeys: [KEY] } } };
    served = known;
    answersWith(61333);
    const [asleep, awake] = visit(true).reachEach(known, [silent, device]);
    await time.during(awake ?? Promise.reject(new Error("two were asked for")));
    expect(time.now()).toBeLessThan(10_000);
    expect(await time.during(asleep ?? Promise.reject(new Error("two were asked for")))).toMatchObject({
      ok: false,
      failure: { code: "unavailable" },
    });
  });
});
