import { readFileSync, writeFileSync } from "node:fs";
import { mkdtemp, readdir, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeAll, beforeEach, describe, expect, it } from "@jest/globals";
import { ProfileFolder } from "../../adapters/files/profile-folder.ts";
import { finishSuccession, NEXT, putSuccessorsInPlace } from "../../adapters/files/successors.ts";
import { LocalCa } from "../../adapters/local-ca/ca.ts";
import { computerKeys } from "../../cli/computer/computer-keys.ts";
import { printDirectory } from "../../core/access/directory.ts";
import { profileFrom } from "../../core/computer/enrollment.ts";
import { certificateFor } from "../../core/computer/own-certificate.ts";
import { Failure } from "../../core/failure.ts";
import { parseComputerId } from "../../core/names.ts";
import { readSubmission } from "../../core/submission/submission.ts";
import { type RotatePorts, rotate } from "../../flows/rotate.ts";
import { realm } from "../fixtures/people.ts";

const read = parseComputerId("333.hula.atlas");
if (!read.ok) throw new Error(read.problem);
const id = read.value;
const device = { sshd: { host: "127.0.0.1", port: 22 }, authorizedKeys: {} };
const made = profileFrom(realm, id, device);
if (!made.ok) throw new Error(made.problem);
const profile = made.value;
const SIGNED = "-----BEGIN SSH SIGNATURE-----\nU1NIU0lHAAAAAQ==\n-----END SSH SIGNATURE-----\n";
const directory = printDirectory({
  format: 1,
  realm: "atlas",
  system: "hula",
  sequence: 1,
  proxy: { name: "eu", ...profile.proxy },
  login: ["atlas"],
  legacy: false,
  devices: { 333: { port: 61333, hostKeys: profile.proxy.hostKeys } },
  controllers: {},
});

class Crash extends Error {}

let ca: LocalCa;
let folder: ProfileFolder;
/** Bodies of the issues that were opened. */
let issues: string[];
/** What the broker saw tried. */
let tried: string[];
let told: string[];
beforeAll(async () => {
  const dir = await mkdtemp(join(tmpdir(), "warren-test-"));
  ca = await LocalCa.open(dir);
  await rm(dir, { recursive: true });
});
beforeEach(async () => {
  folder = new ProfileFolder(await mkdtemp(join(tmpdir(), "warren-test-")));
  const keys = computerKeys(folder, id);
  await keys.sshKey();
  await folder.write("x509.pem", await ca.sign(await keys.request(realm.clientIdSuffix)));
  [issues, tried, told] = [[], [], []];
});
afterEach(() => rm(folder.path, { recursive: true }));

const text = (name: string): string => readFileSync(folder.file(name), "utf8");
const keysHeld = () => ({ ssh: text("identity.pub"), x509: text("x509.key"), pem: text("x509.pem") });
/** Key and certificate belong together, and the private half of the SSH key is that of the public one. */
const isWhole = (): boolean =>
  certificateFor(text("x509.key"), [{ certificate: "a".repeat(64), pem: text("x509.pem") }]) !== undefined;

function ports(changes: Partial<RotatePorts> = {}): RotatePorts {
  const shared = { pause: async () => {}, tell: (message: string) => void told.push(message) };
  const requestIn = (body = "") => {
    const submission = readSubmission("333.hula.atlas.enroll", body);
    if (submission.kind !== "read" || submission.submission.kind !== "enroll") throw new Error("no request");
    return submission.submission;
  };
  return {
    ...shared,
    signatures: { verify: async () => true },
    store: folder,
    keys: computerKeys(folder, id, NEXT),
    submissions: {
      ...shared,
      again: false,
      issues: {
        login: async () => "bob",
        open: async (_title, body) => issues.push(body),
        status: async (number) => ({
          number,
          state: "closed",
          label: "warren: granted",
          body: issues[number - 1] ?? "",
          url: "",
        }),
        findOwn: async () => {
          const body = issues.at(-1);
          return body === undefined ? undefined : { number: issues.length, state: "open", body, url: "" };
        },
      },
      // Never written down: as after a crash just then.
      opened: async () => undefined,
      keepOpened: async () => {},
    },
    deskAt: () => ({
      ask: async (question) => {
        if (question === "directory") return `${directory}${SIGNED}`;
        const csr = requestIn(issues.at(-1)).csr?.pem ?? "";
        return `${JSON.stringify([
          { certificate: "a".repeat(64), pem: text("x509.pem") },
          { certificate: "b".repeat(64), pem: await ca.sign(csr) },
        ])}\n`;
      },
    }),
    keepCertificate: (pem) => folder.write(`${NEXT}x509.pem`, pem),
    tryBroker: async () => void tried.push(text(`${NEXT}x509.pem`)),
    putInPlace: () => putSuccessorsInPlace(folder.path),
    ...changes,
  };
}
const what = { id, realm, profile, wait: true };

describe("rotate", () => {
  it("gives a computer new keys and a certificate for them, tried before they are put in place", async () => {
    const before = keysHeld();
    expect(await rotate(ports(), what)).toEqual({ kind: "rotated", issue: 1 });
    const after = keysHeld();
    for (const part of ["ssh", "x509", "pem"] as const) expect(after[part]).not.toBe(before[part]);
    expect(isWhole()).toBe(true);
    expect(tried).toEqual([after.pem]);
    expect((await readdir(folder.path)).filter((name) => name.startsWith("next"))).toEqual([]);
  });

  it("submits key, request and proof, and no host key: one that stands already would be refused", async () => {
    await rotate(ports(), what);
    expect(readSubmission("333.hula.atlas.enroll", issues[0] ?? "")).toMatchObject({
      kind: "read",
      submission: {
        kind: "enroll",
        key: { line: text("identity.pub").split(" ").slice(0, 2).join(" ").trim() },
        hostKeys: [],
        csr: { pem: expect.stringContaining("CERTIFICATE REQUEST") },
        proof: expect.stringContaining("SSH SIGNATURE"),
      },
    });
  });

  it.each<[string, Partial<RotatePorts>]>([
    [
      "the broker does not take the new certificate",
      { tryBroker: () => Promise.reject(new Failure("unavailable", "broker does not answer")) },
    ],
    [
      "the proxy refuses the new key",
      { deskAt: () => ({ ask: () => Promise.reject(new Failure("usage", "it says no")) }) },
    ],
  ])("keeps the old keys where %s", async (_what, changes) => {
    const before = keysHeld();
    await expect(rotate(ports(changes), what)).rejects.toBeInstanceOf(Failure);
    expect(keysHeld()).toEqual(before);
    expect(await rotate(ports(), what)).toEqual({ kind: "rotated", issue: 1 });
    expect(issues).toHaveLength(1);
  });

  it("keeps the old keys while an admin has not agreed", async () => {
    const before = keysHeld();
    const { submissions, ...rest } = ports();
    const waiting = {
      ...submissions.issues,
      status: async (number: number) => ({ number, state: "open", body: "", url: "" }) as const,
    };
    const asked = { ...rest, submissions: { ...submissions, issues: waiting } };
    expect(await rotate(asked, { ...what, wait: false })).toEqual({ kind: "submitted", issue: 1 });
    expect(keysHeld()).toEqual(before);
  });

  it("goes on after a crash at any step: one issue, one new pair, and keys that work at every moment", async () => {
    const steps = await stepsOf((counted) => rotate(counted, what));
    expect(steps).toBeGreaterThan(8);
    for (let step = 1; step <= steps; step += 1) {
      await again();
      const before = keysHeld();
      await expect(rotate(crashing(ports(), step).ports, what)).rejects.toBeInstanceOf(Crash);
      expect({ step, whole: isWhole(), ssh: text("identity.pub") }).toEqual({
        step,
        whole: true,
        ssh: before.ssh,
      });
      expect(await rotate(ports(), what)).toEqual({ kind: "rotated", issue: 1 });
      expect({ step, whole: isWhole(), issues: issues.length }).toEqual({ step, whole: true, issues: 1 });
      expect(keysHeld().ssh).not.toBe(before.ssh);
    }
  }, 60_000);

  async function again(): Promise<void> {
    await rm(folder.path, { recursive: true });
    folder = new ProfileFolder(await mkdtemp(join(tmpdir(), "warren-test-")));
    const keys = computerKeys(folder, id);
    await keys.sshKey();
    await folder.write("x509.pem", await ca.sign(await keys.request(realm.clientIdSuffix)));
    issues = [];
  }
});

describe("successors", () => {
  const files = ["identity", "identity.pub", "x509.key", "x509.csr", "x509.pem"];
  const next = async () => {
    const keys = computerKeys(folder, id, NEXT);
    await keys.sshKey();
    await folder.write(`${NEXT}x509.pem`, await ca.sign(await keys.request(realm.clientIdSuffix)));
    return Object.fromEntries(files.map((name) => [name, text(`${NEXT}${name}`)]));
  };

  it("are not taken before they are known to work", async () => {
    const before = keysHeld();
    await next();
    finishSuccession(folder.path);
    expect(keysHeld()).toEqual(before);
  });

  it.each(files.map((_, count) => count))(
    "are all in place after a crash behind %i renames",
    async (count) => {
      const wanted = await next();
      writeFileSync(folder.file("next-keys-work"), "");
      for (const name of files.slice(0, count)) {
        writeFileSync(folder.file(name), text(`${NEXT}${name}`));
        await folder.remove(`${NEXT}${name}`);
      }
      finishSuccession(folder.path);
      finishSuccession(folder.path);
      expect(Object.fromEntries(files.map((name) => [name, text(name)]))).toEqual(wanted);
      expect((await readdir(folder.path)).filter((name) => name.startsWith("next"))).toEqual([]);
    },
  );
});

/** The ports, of which the call of this number, counted over all of them, ends the process. */
function crashing(whole: RotatePorts, at: number): { readonly ports: RotatePorts; calls(): number } {
  let calls = 0;
  const wrap = <T extends object>(given: T): T =>
    new Proxy(given, {
      get: (target, name) => {
        const value: unknown = Reflect.get(target, name);
        if (typeof value === "object" && value !== null && !(value instanceof ProfileFolder))
          return wrap(value);
        if (typeof value !== "function") return value;
        return (...args: unknown[]): unknown => {
          if (name === "tell") return undefined;
          if (name === "deskAt") return wrap(Reflect.apply(value, target, args) as object);
          calls += 1;
          if (calls === at) throw new Crash(String(name));
          return Reflect.apply(value, target, args);
        };
      },
    });
  return { ports: wrap(whole), calls: () => calls };
}

/** How many calls a whole run makes. */
async function stepsOf(run: (ports: RotatePorts) => Promise<unknown>): Promise<number> {
  const { ports: counted, calls } = crashing(ports(), Number.POSITIVE_INFINITY);
  await run(counted);
  return calls();
}
