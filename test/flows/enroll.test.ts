import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "@jest/globals";
import { LocalCa } from "../../adapters/local-ca/ca.ts";
import { makeRequest, makeX509Key } from "../../adapters/x509/request.ts";
import { type Directory, printDirectory } from "../../core/access/directory.ts";
import { subjectNameOf } from "../../core/computer/enrollment.ts";
import { Failure } from "../../core/failure.ts";
import type { SignedText } from "../../core/keys/signed-text.ts";
import { parseComputerId } from "../../core/names.ts";
import { readSubmission } from "../../core/submission/submission.ts";
import { type EnrollPorts, enroll } from "../../flows/enroll.ts";
import type { SubmittedIssue } from "../../flows/submit.ts";
import { realm } from "../fixtures/people.ts";
import { MovedTime } from "../made/moved-time.ts";

const KEY = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIDsan/ZqyKU/9HRExGZ8zXFIJYowkrdLSFB2h9J2wrsm";
const HOST_KEY = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIN75qounhUPoY6k7uNhjooFRPP3Tj+RZwYKGj+AtzCbr";
const read = parseComputerId("333.hula.atlas");
if (!read.ok) throw new Error(read.problem);
const id = read.value;
const SIGNER = realm.signers[0]?.line ?? "";
const directory: Directory = {
  format: 1,
  realm: "atlas",
  system: "hula",
  sequence: 1,
  proxy: { name: "eu", host: "tunnels.example.org", port: 22, hostKeys: [HOST_KEY] },
  login: ["atlas"],
  legacy: false,
  devices: { 333: { port: 61333, hostKeys: [HOST_KEY] } },
  controllers: {},
};
const device = { sshd: { host: "127.0.0.1", port: 22 }, authorizedKeys: {} };
const PROOF = "-----BEGIN SSH SIGNATURE-----\nU1NIU0lHAAAAAQ==\n-----END SSH SIGNATURE-----\n";

/** The issues of one account, to which a bot answers by `answers`, one a look. */
class Issues {
  readonly opened: { title: string; body: string }[] = [];
  answers: Partial<SubmittedIssue>[] = [];
  readonly noted = new Map<string, number>();

  login = async () => "bob";
  open = async (title: string, body: string) => this.opened.push({ title, body });
  status = async (number: number): Promise<SubmittedIssue> => {
    const answer = this.answers.length > 1 ? this.answers.shift() : this.answers[0];
    const body = this.opened[number - 1]?.body ?? "";
    return { number, state: "open", body, url: `https://example.org/${number}`, ...answer };
  };
  findOwn = async (title: string) => {
    const at = this.opened.findLastIndex((issue) => issue.title === title);
    return at < 0 ? undefined : this.status(at + 1);
  };
}

let folder: string;
let ca: LocalCa;
let time: MovedTime;
let issues: Issues;
let x509Key: string;
let csr: string;
/** What the proxy answers, in turn; the last for ever. */
let proxy: { directory: Directory | Failure; signedBy: string; pem: string };
let told: string[];
let kept: { profile?: unknown; pem?: string; directory?: SignedText; shown?: unknown };

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "warren-test-"));
  ca = await LocalCa.open(folder);
});
afterAll(() => rm(folder, { recursive: true }));

beforeEach(async () => {
  time = new MovedTime();
  issues = new Issues();
  issues.answers = [{ state: "closed", label: "warren: granted" }];
  x509Key = makeX509Key();
  csr = request();
  proxy = { directory, signedBy: SIGNER, pem: await ca.sign(csr) };
  told = [];
  kept = {};
});

const request = (key = x509Key): string => makeRequest(key, subjectNameOf(id, realm.clientIdSuffix));

function ports(more: Partial<EnrollPorts> & { again?: boolean } = {}): EnrollPorts {
  const shared = { pause: time.pause, tell: (message: string) => void told.push(message) };
  return {
    ...shared,
    signatures: {
      verify: async (_text, signature, signers) => signers.some((key) => signature.includes(key)),
    },
    store: {
      load: async () => kept.directory,
      save: async (signed) => {
        kept.directory = signed;
      },
    },
    keys: {
      sshKey: async () => KEY,
      x509Key: async () => x509Key,
      request: async () => csr,
      prove: async () => PROOF,
    },
    submissions: {
      ...shared,
      issues,
      again: more.again ?? false,
      opened: async ({ title, body }) => issues.noted.get(title + body),
      keepOpened: async ({ title, body }, number) => void issues.noted.set(title + body, number),
    },
    deskAt: () => ({
      ask: async (question) => {
        if (proxy.directory instanceof Failure) throw proxy.directory;
        if (question === "certificate")
          return `${JSON.stringify([{ certificate: "a".repeat(64), pem: proxy.pem }])}\n`;
        const armor = `-----BEGIN SSH SIGNATURE-----\n${proxy.signedBy}\n-----END SSH SIGNATURE-----\n`;
        return `${printDirectory(proxy.directory)}${armor}`;
      },
    }),
    keepCertificate: async (pem) => {
      kept.pem = pem;
    },
    keepProfile: async (profile) => {
      kept.profile = profile;
    },
    show: (submissions) => {
      kept.shown = submissions;
    },
    ...more,
  };
}

const what = { id, realm, hostKeys: [HOST_KEY], device, style: "form", wait: true } as const;
const run = (given = ports(), changes: Partial<Parameters<typeof enroll>[1]> = {}) =>
  time.during(enroll(given, { ...what, ...changes }));

describe("enroll", () => {
  it("submits all parts in one issue, and keeps what the proxy then gives", async () => {
    const done = await run();
    expect(done).toMatchObject({ kind: "enrolled", issues: [1] });
    expect(kept.profile).toMatchObject({ id: "333.hula.atlas", device, signers: [SIGNER] });
    expect(kept.pem).toBe(proxy.pem);
    expect(kept.directory?.text).toBe(printDirectory(directory));
    const [issue] = issues.opened;
    expect(readSubmission(issue?.title ?? "", issue?.body ?? "")).toMatchObject({
      kind: "read",
      submission: { kind: "enroll", key: { line: KEY }, hostKeys: [{ line: HOST_KEY }], proof: PROOF },
    });
  });

  it("submits each part in an issue of its own to realms of the older kind", async () => {
    expect(await run(ports(), { style: "split" })).toMatchObject({ kind: "enrolled", issues: [1, 2, 3] });
    expect(issues.opened.map(({ title }) => title)).toEqual([
      "333.hula.atlas.sshkey.pub",
      "333.hula.atlas.hostkey.pub",
      "333.hula.atlas.x509.csr",
    ]);
    for (const { title, body } of issues.opened) expect(readSubmission(title, body).kind).toBe("read");
  });

  it("waits for an admin, and says once who may approve", async () => {
    const waiting = {
      label: "warren: waiting",
      comment: "**Waiting for an admin.** One of `alice` can",
    } as const;
    issues.answers = [{}, waiting, waiting, waiting, { state: "closed", label: "warren: granted" }];
    expect(await run()).toMatchObject({ kind: "enrolled" });
    expect(told).toEqual([
      "opened issue #1 333.hula.atlas.enroll",
      "issue #1 waits for an admin: https://example.org/1\n  Waiting for an admin. One of alice can",
    ]);
  });

  it("fails with the bot's reason where it refuses", async () => {
    const comment = "**Refused.** no rule lets `bob` enrol";
    issues.answers = [{ state: "closed", label: "warren: refused", comment }];
    await expect(run()).rejects.toMatchObject({
      code: "refused",
      message: "issue #1 333.hula.atlas.enroll was refused\n  Refused. no rule lets bob enrol",
    });
    expect(kept).toEqual({});
  });

  it("opens no second issue when it is run again", async () => {
    await run(ports(), { wait: false });
    await run(ports(), { wait: false });
    issues.noted.clear();
    expect(await run()).toMatchObject({ kind: "enrolled", issues: [1] });
    expect(issues.opened).toHaveLength(1);
  });

  it("opens another issue for another key, and when it is told to", async () => {
    await run();
    const other = ports();
    await run({ ...other, keys: { ...other.keys, sshKey: async () => HOST_KEY } });
    expect(issues.opened).toHaveLength(2);
    await run(ports({ again: true }));
    expect(issues.opened).toHaveLength(3);
  });

  it("waits until the proxy lets it in", async () => {
    proxy.directory = new Failure("unavailable", "proxy does not answer: Permission denied");
    const enrolling = enroll(ports(), what);
    await time.pass(20_000);
    expect(told.at(-1)).toBe("waiting for the proxy: proxy does not answer: Permission denied");
    proxy.directory = { ...directory, devices: {} };
    await time.pass(20_000);
    expect(told.at(-1)).toBe("waiting for the proxy: directory does not name 333.hula.atlas yet");
    proxy.directory = directory;
    expect(await time.during(enrolling)).toMatchObject({ kind: "enrolled" });
  });

  it("does not use a directory that none of the realm's signers signed", async () => {
    proxy.signedBy = HOST_KEY;
    await expect(run()).rejects.toMatchObject({ message: expect.stringContaining("none of the keys") });
    expect(kept.profile).toBeUndefined();
  });

  it("does not use a certificate of another key", async () => {
    proxy.pem = await ca.sign(request(makeX509Key()));
    await expect(run()).rejects.toMatchObject({ message: expect.stringContaining("this computer's key") });
    expect(kept.pem).toBeUndefined();
    expect(kept.profile).toBeUndefined();
  });

  it("shows what to submit by hand where it has no token, and goes on at the proxy", async () => {
    const { submissions: _, ...withoutToken } = ports();
    expect(await run(withoutToken)).toMatchObject({ kind: "enrolled", issues: [] });
    expect(kept.shown).toEqual([{ title: "333.hula.atlas.enroll", body: expect.stringContaining(KEY) }]);
  });

  it("refuses an id of another realm, and of a system that the realm does not have", async () => {
    const other = parseComputerId("333.hula.elsewhere");
    const nowhere = parseComputerId("333.nowhere.atlas");
    if (!other.ok || !nowhere.ok) throw new Error("no ids");
    await expect(run(ports(), { id: other.value })).rejects.toMatchObject({ code: "usage" });
    await expect(run(ports(), { id: nowhere.value })).rejects.toMatchObject({ code: "usage" });
  });
});
