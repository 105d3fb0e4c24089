import { connect } from "node:net";
import { afterEach, describe, expect, it } from "@jest/globals";
import { createLogger } from "../../app/logger.ts";
import type { Work } from "../../app/work.ts";
import { Failure } from "../../core/failure.ts";
import {
  commentEvent,
  ignored,
  issueEvent,
  pullEvent,
  pushEvent,
  type RunningApp,
  runApp,
  sweptTo,
  until,
} from "./running-app.ts";

let app: RunningApp | undefined;
const run = async (...options: Parameters<typeof runApp>): Promise<RunningApp> => {
  app = await runApp(...options);
  return app;
};
afterEach(() => app?.service.stop());

/** Flows that note what they were asked. */
function noting() {
  const admitted: number[] = [];
  const swept: (string | undefined)[] = [];
  const work: Pick<Work, "admit" | "sweep"> = {
    admit: async (_repository, issue) => {
      admitted.push(issue);
      return ignored;
    },
    sweep: async (_repository, since) => {
      swept.push(since);
      return sweptTo(undefined);
    },
  };
  return { admitted, swept, work };
}

describe("a webhook", () => {
  it("passes on the number of its issue, and nothing else of it", async () => {
    const { admitted, work } = noting();
    const { deliver } = await run(work);
    expect(await deliver("issues", issueEvent(7))).toBe(200);
    expect(await deliver("issue_comment", commentEvent(8))).toBe(200);
    await until(() => admitted.length === 2);
    expect(admitted.sort()).toEqual([7, 8]);
  });

  it("with a wrong signature, or none, is refused and leads to nothing", async () => {
    const { admitted, work } = noting();
    const { deliver, service } = await run(work);
    expect(await deliver("issues", issueEvent(7), { secret: "guessed" })).toBe(400);
    const unsigned = await fetch(`${service.url}/api/github/webhooks`, { method: "POST", body: "{}" });
    expect(unsigned.status).toBe(400);
    expect(await deliver("issues", issueEvent(9))).toBe(200);
    await until(() => admitted.length > 0);
    expect(admitted).toEqual([9]);
  });

  it("is answered before the work is done", async () => {
    let finish = (): void => undefined;
    let began = false;
    const { deliver } = await run({
      admit: () => {
        began = true;
        return new Promise((resolve) => {
          finish = () => resolve(ignored);
        });
      },
    });
    expect(await deliver("issues", issueEvent(7))).toBe(200);
    await until(() => began);
    finish();
  });

  it("delivered twice counts once, unless the first time failed", async () => {
    let fails = true;
    const admitted: number[] = [];
    const { deliver, log } = await run({
      admit: async (_repository, issue) => {
        admitted.push(issue);
        if (fails) throw new Error("bug");
        return ignored;
      },
    });
    const guid = "72d3162e-cc78-11e3-81ab-4c9367dc0958";
    await deliver("issues", issueEvent(7), { guid });
    await until(() => log.some((line) => line.includes("left to the sweep")));
    fails = false;
    await deliver("issues", issueEvent(7), { guid });
    await until(() => admitted.length === 2);
    await deliver("issues", issueEvent(7), { guid });
    await deliver("issues", issueEvent(8));
    await until(() => admitted.length === 3);
    expect(admitted).toEqual([7, 7, 8]);
  });

  it("of another repository, of its own comment or of its own label is left alone", async () => {
    const { admitted, work } = noting();
    const { deliver } = await run(work);
    await deliver("issues", issueEvent(1, { repository: { full_name: "wildlife/other" } }));
    await deliver("issue_comment", commentEvent(2, 1));
    await deliver("issues", issueEvent(3, { action: "labeled", sender: { type: "Bot" } }));
    await deliver("issue_comment", commentEvent(4, 99));
    await until(() => admitted.length > 0);
    expect(admitted).toEqual([4]);
  });

  it("larger than the cap is refused early, by its announced length and by its true one", async () => {
    const { service } = await run({});
    const { port, hostname } = new URL(service.url);
    const signature = `X-Hub-Signature-256: sha256=${"0".repeat(64)}`;
    const head = `POST /api/github/webhooks HTTP/1.1\r\nHost: x\r\n${signature}\r\nContent-Type: application/json\r\n`;
    const answerTo = (request: string, body?: Buffer) =>
      new Promise<string>((resolve) => {
        const socket = connect(Number(port), hostname, () => {
          socket.write(request);
          if (body === undefined) return;
          const more = (): void => {
            if (socket.writable) socket.write(body, () => setImmediate(more));
          };
          more();
        });
        let text = "";
        socket.on("data", (data) => {
          text += data.toString();
        });
        socket.on("error", () => undefined);
        socket.on("close", () => resolve(text.split("\r\n", 1)[0] ?? ""));
      });
    expect(await answerTo(`${head}Content-Length: 300000000\r\n\r\n`)).toContain("413");
    const chunk = Buffer.concat([
      Buffer.from("100000\r\n"),
      Buffer.alloc(0x100000, "a"),
      Buffer.from("\r\n"),
    ]);
    expect(await answerTo(`${head}Transfer-Encoding: chunked\r\n\r\n`, chunk)).toContain("413");
  });

  it("about whatever may have become of an issue leads to a look at it", async () => {
    const { admitted, work } = noting();
    const { deliver } = await run(work);
    const actions = ["opened", "edited", "reopened", "closed", "transferred", "deleted"];
    for (const [index, action] of actions.entries()) {
      expect(await deliver("issues", issueEvent(index, { action }))).toBe(200);
    }
    await until(() => admitted.length === actions.length);
    expect(admitted.sort()).toEqual([0, 1, 2, 3, 4, 5]);
  });

  it("about a pull request hands its number on, where somebody checks it", async () => {
    const pulls: number[] = [];
    const { deliver } = await run({
      onPullRequest: async (_repository, number) => {
        pulls.push(number);
        return "checked";
      },
    });
    await deliver("pull_request", pullEvent(7, "labeled"));
    await deliver("pull_request", pullEvent(8));
    await deliver("pull_request", pullEvent(9, "synchronize"));
    await until(() => pulls.length === 2);
    expect(pulls.sort()).toEqual([8, 9]);
    await app?.service.stop();
    expect(await (await run({})).deliver("pull_request", pullEvent(8))).toBe(200);
  });
});

describe("a sweep", () => {
  it("runs at the start, from the cursor on a timer, and whole when realm.yaml or an installation changes", async () => {
    const { swept, work } = noting();
    const { deliver } = await run(work);
    await until(() => swept.length === 1);
    await deliver("push", pushEvent("refs/heads/main", ["README.md"]));
    await deliver("push", pushEvent("refs/heads/other", ["realm.yaml"]));
    await deliver("push", pushEvent("refs/heads/main", ["realm.yaml"]));
    await until(() => swept.length === 2);
    await deliver("installation", { action: "created", installation: { id: 5 }, sender: { type: "User" } });
    await until(() => swept.length === 3);
    expect(swept).toEqual([undefined, undefined, undefined]);
  });

  it("takes up where the last one ended", async () => {
    const since: unknown[] = [];
    const { instantOf } = await import("../../core/time.ts");
    const cursor = instantOf(new Date("2026-11-21T08:00:00Z"));
    await run(
      {
        sweep: async (_repository, from) => {
          since.push(from);
          return sweptTo(cursor);
        },
      },
      { sweepSeconds: 0.01 },
    );
    await until(() => since.length === 3);
    expect(since.slice(0, 3)).toEqual([undefined, cursor, cursor]);
  });
});

describe("a push", () => {
  it("to the registry, or of realm.yaml, starts a sync", async () => {
    const { swept, work } = noting();
    const announced: string[] = [];
    const { deliver, service } = await run({
      ...work,
      announce: async (repository) => void announced.push(repository),
    });
    await deliver("push", pushEvent("refs/heads/main", ["README.md"]));
    await deliver("push", { ...pushEvent("refs/heads/registry", []), deleted: true });
    expect(announced).toEqual([]);
    await deliver("push", pushEvent("refs/heads/registry", ["hula/333.json"]));
    await until(() => announced.length === 1);
    expect(swept).toEqual([undefined]);
    await deliver("push", pushEvent("refs/heads/main", ["realm.yaml"]));
    await deliver("push", pushEvent("refs/heads/registry", ["hula/334.json"]));
    await service.stop();
    expect(announced).toEqual(["wildlife/atlas", "wildlife/atlas"]);
  });
});

describe("an installation", () => {
  it("on other repositories alone leads to nothing, and one that ended is forgotten", async () => {
    const { swept, work } = noting();
    let forgotten = 0;
    const { deliver } = await run({ ...work, forget: () => void forgotten++ });
    await until(() => swept.length === 1);
    const installation = { id: 5 };
    const sender = { type: "User" };
    const other = [{ full_name: "wildlife/other" }];
    await deliver("installation", { action: "created", installation, sender, repositories: other });
    await deliver("installation", { action: "deleted", installation, sender });
    await deliver("installation_repositories", {
      action: "added",
      installation,
      sender,
      repositories_added: [{ full_name: "Wildlife/Atlas" }],
    });
    await until(() => swept.length === 2);
    expect(forgotten).toBe(3);
  });
});

describe("the app", () => {
  it("is ready once it has reached GitHub and a registry", async () => {
    let finish = (): void => undefined;
    const { service } = await run({
      sweep: () =>
        new Promise((resolve) => {
          finish = () => resolve(sweptTo(undefined));
        }),
    });
    const ready = async () => (await fetch(`${service.url}/readyz`)).status;
    expect(await ready()).toBe(503);
    finish();
    while ((await ready()) !== 200);
    expect(await ready()).toBe(200);
  });

  it("counts what it does, on a port of its own", async () => {
    const { work, admitted } = noting();
    const { service, deliver } = await run(work, { metrics: { host: "127.0.0.1", port: 0 } });
    await deliver("issues", issueEvent(7), { guid: "one" });
    await deliver("issues", issueEvent(7), { guid: "one" });
    await deliver("issues", issueEvent(7), { secret: "guessed" });
    await until(() => admitted.length === 1);
    const text = await (await fetch(service.metricsUrl ?? "")).text();
    expect(text).toContain('warren_deliveries_total{event="issues",outcome="taken"} 1');
    expect(text).toContain('warren_deliveries_total{event="issues",outcome="repeated"} 1');
    expect(text).toContain('warren_webhook_seconds_count{status="400"} 1');
    expect(text).toContain('warren_worked_total{by="webhook",outcome="ignored"} 1');
    expect(text).toContain("warren_waiting 0");
    expect(text).toContain("process_resident_memory_bytes");
    expect((await fetch(`${service.url}/metrics`)).status).toBe(404);
  });

  it("answers for its health, and nothing else", async () => {
    const { service } = await run({});
    expect((await fetch(`${service.url}/healthz`)).status).toBe(200);
    expect((await fetch(`${service.url}/probot`)).status).toBe(404);
    expect((await fetch(`${service.url}/api/github/webhooks`)).status).toBe(405);
  });

  it("finishes what it began before it stops, and then takes nothing", async () => {
    let finish = (): void => undefined;
    let [began, finished] = [false, false];
    const { service, deliver } = await run({
      admit: () =>
        new Promise((resolve) => {
          began = true;
          finish = () => {
            finished = true;
            resolve(ignored);
          };
        }),
    });
    await deliver("issues", issueEvent(7));
    await until(() => began);
    const stopped = service.stop();
    setImmediate(() => finish());
    await stopped;
    expect(finished).toBe(true);
    await expect(fetch(`${service.url}/healthz`)).rejects.toThrow();
  });

  it("hides what looks like a secret in whatever it is told to log", () => {
    const lines: string[] = [];
    const log = createLogger("info", (line) => lines.push(line));
    const secrets = [
      `ghs_${"a".repeat(36)}`,
      `github_pat_${"b".repeat(30)}`,
      "eyJhbGciOiJSUzI1NiJ9.eyJpc3MiOiIxIn0.c2lnbmF0dXJl",
      "-----BEGIN RSA PRIVATE KEY-----\nMIIE",
      `sha256=${"0".repeat(64)}`,
      `AKIA${"A".repeat(16)}`,
    ];
    for (const secret of secrets) log.error({ err: new Error(`bad ${secret} here`), says: secret }, secret);
    log.error({ headers: { authorization: "token x" }, err: { config: "y" } }, "z");
    expect(lines).toHaveLength(7);
    expect(lines.filter((line) => JSON.parse(line).name === "warren")).toHaveLength(7);
    for (const part of ["ghs_a", "github_pat", "eyJ", "MIIE", "sha256=0", "AKIA", "token x", '"y"'])
      expect(lines.join("")).not.toContain(part);
  });

  it("logs numbers, never a title, a body, a key or the secret", async () => {
    const { deliver, log } = await run({
      admit: async () => {
        throw new Failure("refused", "no");
      },
    });
    await deliver("issues", issueEvent(7), { secret: "guessed" });
    await deliver("issues", issueEvent(8));
    await until(() => log.some((line) => line.includes('"number":8') && line.includes("left to the sweep")));
    const text = log.join("");
    expect(text).toContain("signature does not match");
    for (const secret of ["secret-title", "secret-body", "PRIVATE KEY", "Secret to Everybody", "sha256="]) {
      expect(text).not.toContain(secret);
    }
  });
});
