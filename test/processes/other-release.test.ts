import { existsSync } from "node:fs";
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "@jest/globals";
import { run } from "../../adapters/openssh/run.ts";
import { LONG } from "../made/long.ts";
import { canHost } from "./stock-host.ts";

const RELEASE = "trixie";
const MIRROR = "http://deb.debian.org/debian";
const PACKAGES = "openssh-server,sudo,procps,iproute2,systemd";
const TESTS = ["isolation", "prepare", "failing-logins"].map((name) => `test/processes/${name}.test.ts`);
const KEYRING = "/usr/share/keyrings/debian-archive-keyring.gpg";

/** Why there can be no such release here. */
async function obstacle(): Promise<string | undefined> {
  if (!canHost()) return "this machine can't be a stock host";
  if (!existsSync("/usr/sbin/debootstrap") || !existsSync(KEYRING)) return "debootstrap is not there";
  const there = await fetch(`${MIRROR}/dists/${RELEASE}/Release`, { method: "HEAD" }).then(
    ({ ok }) => ok,
    () => false,
  );
  return there ? undefined : `${MIRROR} can't be reached`;
}

const why = LONG ? await obstacle() : "it is long";
if (LONG && why !== undefined) console.warn(`a proxy on ${RELEASE} is not tried: ${why}`);

interface Report {
  readonly testResults: readonly {
    readonly assertionResults: readonly { readonly fullName: string; readonly status: string }[];
  }[];
}

(why === undefined ? describe : describe.skip)(`ssh and sshd of ${RELEASE}`, () => {
  let folder: string;
  let tree: string;

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), "warren-test-"));
    tree = join(folder, RELEASE);
    const options = ["--variant=minbase", `--keyring=${KEYRING}`, `--include=${PACKAGES}`];
    const made = await run("debootstrap", [...options, RELEASE, tree, MIRROR], { timeout: 420_000 });
    expect(made).toMatchObject({ status: 0 });
  }, 430_000);
  afterAll(() => rm(folder, { recursive: true }));

  it("keep every computer in its place, as those of this machine do", async () => {
    const report = join(folder, "report.json");
    const jest = ["node", "tools/jest.mjs", "-w", "1", "--json", "--outputFile", report, ...TESTS];
    const inside = ["--mount", "--pid", "--fork", "--mount-proc", "--kill-child", "sh"];
    const ended = await run("unshare", [...inside, "test/processes/in-tree.sh", tree, ...jest], {
      timeout: 290_000,
    });
    const { testResults } = JSON.parse(await readFile(report, "utf8")) as Report;
    const tried = testResults.flatMap(({ assertionResults }) => assertionResults);
    // A tun device is more than every machine gives; nothing else may be left out.
    const others = tried.filter(({ status, fullName }) => status !== "passed" && !fullName.includes("(tun)"));
    expect(others).toEqual([]);
    expect(tried.length).toBeGreaterThan(TESTS.length);
    expect(ended.status).toBe(0);
  }, 300_000);
});
