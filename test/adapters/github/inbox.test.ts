import { afterAll, beforeAll, beforeEach, describe, expect, it } from "@jest/globals";
import { GitHubInbox } from "../../../adapters/github/inbox.ts";
import type { Answer } from "../../../core/ports/inbox.ts";
import type { Issue } from "../../../core/submission/issue.ts";
import { parseInstant } from "../../../core/time.ts";
import { startWildlife, type Wildlife, wildlife } from "./wildlife.ts";

let world: Wildlife;
let inbox: GitHubInbox;
const repository = () => world.forge.repository();
const open = (login = "bob", title = "333.hula.atlas.sshkey.pub", body = "ssh-ed25519 AAAA") =>
  repository().issues.open(world.forge.person(login), { title, body }).number;
const read = async (number: number): Promise<Issue> => {
  const issue = await inbox.read(number);
  if (issue === undefined) throw new Error(`issue ${number} was not read`);
  return issue;
};

beforeAll(async () => {
  world = await startWildlife();
});
afterAll(() => world.close());
beforeEach(() => {
  inbox = new GitHubInbox(world.bot, wildlife, { self: { appId: world.app.id } });
});

describe("reading an issue", () => {
  it("gives its text, its author's id and that nobody edited it", async () => {
    const number = open();
    expect(await read(number)).toEqual({
      repositoryId: 42,
      number,
      author: { id: 583232, login: "bob" },
      title: "333.hula.atlas.sshkey.pub",
      body: "ssh-ed25519 AAAA",
      createdAt: "2026-11-21T08:00:00Z",
      open: true,
      viaApp: false,
      history: { kind: "known", edits: [] },
      comments: [],
    });
  });

  it("knows no issue of a number that was never given", async () => {
    expect(await inbox.read(4711)).toBeUndefined();
  });

  it("names everyone who changed the body or the title, oldest first, and not the first version", async () => {
    const number = open();
    world.tick(60);
    repository().issues.change(world.forge.person("tess"), number, { body: "ssh-ed25519 BBBB" });
    world.tick(60);
    repository().issues.change(world.forge.person("walt"), number, { title: "other" });
    const { history, title, body } = await read(number);
    expect({ title, body }).toEqual({ title: "other", body: "ssh-ed25519 BBBB" });
    expect(history).toEqual({
      kind: "known",
      edits: [
        { what: "body", editor: { id: 7, login: "tess" }, at: "2026-11-21T08:01:00Z" },
        { what: "title", editor: { id: 8, login: "walt" }, at: "2026-11-21T08:02:00Z" },
      ],
    });
  });

  it("still names an editor whose version was erased", async () => {
    const number = open();
    world.tick();
    repository().issues.change(world.forge.person("tess"), number, { body: "changed" });
    repository().issues.eraseEdit(world.forge.person("walt"), number);
    const { history } = await read(number);
    expect(history).toMatchObject({ edits: [{ what: "body", editor: { login: "tess" } }] });
  });

  it("marks a transferred issue", async () => {
    const elsewhere = world.forge.addRepository("elsewhere");
    const { number } = elsewhere.issues.open(world.forge.person("bob"), { title: "x" });
    const alice = world.forge.person("alice");
    world.forge.setRole("alice", "admin", elsewhere);
    const moved = world.forge.transfer(alice, elsewhere, number, repository());
    const { history } = await read(moved.number);
    expect(history).toMatchObject({ edits: [{ what: "transfer", editor: { login: "alice" } }] });
  });

  it("marks an issue that an app made for somebody, and one that a bot made", async () => {
    const through = world.forge.person("bob", world.app);
    const forSomebody = repository().issues.open(through, { title: "x" }).number;
    const byBot = repository().issues.open(world.forge.installation(world.app), { title: "x" }).number;
    expect(await read(forSomebody)).toMatchObject({ viaApp: true, author: { login: "bob" } });
    expect(await read(byBot)).toMatchObject({ viaApp: true });
  });

  it("tells comments that were edited or made through an app from those that count", async () => {
    const number = open();
    const { comments } = repository();
    comments.create(world.forge.person("alice"), number, "/approve 0123456789ab");
    const edited = comments.create(world.forge.person("alice"), number, "hello");
    world.tick();
    comments.edit(world.forge.person("walt"), edited.id, "/approve 0123456789ab");
    comments.create(world.forge.person("alice", world.app), number, "/deny no");
    const issue = await read(number);
    expect(issue.comments).toMatchObject([
      { author: { id: 583231 }, body: "/approve 0123456789ab", edited: false, viaApp: false },
      { author: { id: 583231 }, body: "/approve 0123456789ab", edited: true, viaApp: false },
      { author: { id: 583231 }, body: "/deny no", edited: false, viaApp: true },
    ]);
  });

  it("reads more comments and edits than fit on a page", async () => {
    const number = open();
    for (let index = 0; index < 205; index += 1) {
      repository().comments.create(world.forge.person("alice"), number, `comment ${index}`);
      world.tick();
      if (index < 120)
        repository().issues.change(world.forge.person("bob"), number, { body: `body ${index}` });
    }
    const { comments, history } = await read(number);
    expect(comments.map(({ body }) => body)).toEqual(Array.from({ length: 205 }, (_, at) => `comment ${at}`));
    expect(history).toMatchObject({ edits: { length: 120 } });
  });
});

describe("listing what was updated", () => {
  it("gives open and closed issues since an instant, the oldest update first, each once", async () => {
    world.tick(3600);
    const since = parseInstant(world.forge.now().toISOString().replace(".000", ""));
    if (!since.ok) throw new Error(since.problem);
    const [first, second] = [open(), open()];
    world.tick();
    repository().issues.change(world.forge.person("alice"), first, { state: "closed" });
    const found: number[] = [];
    for await (const { issue } of inbox.updatedSince(since.value)) {
      const { number } = issue;
      found.push(number);
      world.tick();
      repository().comments.create(world.forge.person("alice"), number, "seen");
    }
    expect(found).toEqual([second, first]);
  });

  it("turns pages", async () => {
    for (let count = 0; count < 101; count += 1) open();
    let found = 0;
    for await (const _ of inbox.updatedSince(undefined)) found += 1;
    expect(found).toBe(repository().issues.list(world.forge.person("alice")).length);
  });
});

describe("answering an issue", () => {
  const waiting: Answer = { body: "**Waiting.**", label: "warren: waiting", state: "open" };
  const granted: Answer = { body: "**Granted.**", label: "warren: granted", state: "completed" };
  const refused: Answer = { body: "**Refused.**", label: "warren: refused", state: "not_planned" };
  const shown = (number: number) => {
    const issue = repository().issues.get(world.forge.person("alice"), number);
    return {
      state: issue.state,
      reason: issue.stateReason,
      labels: issue.labels.map(({ name }) => name),
      comments: issue.comments.map(({ text }) => text.body),
    };
  };

  it("comments once, and later edits that comment in place", async () => {
    const number = open();
    await inbox.answer(number, waiting);
    expect(shown(number)).toMatchObject({
      state: "open",
      labels: ["warren: waiting"],
      comments: [waiting.body],
    });
    await inbox.answer(number, granted);
    expect(shown(number)).toEqual({
      state: "closed",
      reason: "completed",
      labels: ["warren: granted"],
      comments: [granted.body],
    });
    await inbox.answer(number, refused);
    expect(shown(number)).toMatchObject({ reason: "not_planned", labels: ["warren: refused"] });
  });

  it("opens an issue again and leaves other people's labels alone", async () => {
    const number = open();
    repository().labels.add(
      world.forge.person("alice"),
      repository().issues.get(world.forge.person("alice"), number),
      ["wet"],
    );
    await inbox.answer(number, refused);
    await inbox.answer(number, waiting);
    expect(shown(number)).toMatchObject({ state: "open", labels: ["wet", "warren: waiting"] });
  });

  it("asks nothing when an issue that was just read shows the answer already", async () => {
    const number = open();
    await inbox.answer(number, granted);
    await inbox.read(number);
    world.requests.length = 0;
    await inbox.answer(number, granted);
    expect(world.requests).toEqual([]);
  });

  it("makes its labels with their colours, and only once", async () => {
    world.requests.length = 0;
    await inbox.answer(open(), { ...granted, label: "warren: revoked" });
    await inbox.answer(open(), { ...granted, label: "warren: revoked" });
    expect(world.requests.filter((request) => request === "POST /repos/wildlife/atlas/labels")).toHaveLength(
      1,
    );
    const { data } = await world.bot.request("GET /repos/{owner}/{repo}/labels/{name}", {
      ...wildlife,
      name: "warren: revoked",
    });
    expect(data).toMatchObject({ color: "57606a" });
  });

  it("does not take another app's comment, or a person's through its own app, for its own", async () => {
    const number = open();
    const other = await world.forge.createApp({ slug: "other", privateKey: world.app.privateKey });
    repository().comments.create(world.forge.installation(other), number, "other");
    repository().comments.create(world.forge.person("bob", world.app), number, "bob");
    await inbox.answer(number, waiting);
    expect(shown(number).comments).toEqual(["other", "bob", waiting.body]);
  });

  it("keeps the oldest of its comments when two replicas made one at once", async () => {
    const number = open();
    const other = new GitHubInbox(world.bot, wildlife, { self: { appId: world.app.id } });
    await Promise.all([inbox.read(number), other.read(number)]);
    await Promise.all([inbox.answer(number, granted), other.answer(number, granted)]);
    await inbox.answer(number, granted);
    expect(shown(number).comments).toEqual([granted.body]);
  });

  it("works with a token in place of an app, known by its login", async () => {
    const number = open();
    const walt = new GitHubInbox(world.as("walt"), wildlife, { self: { login: "walt" } });
    await walt.answer(number, waiting);
    await walt.answer(number, granted);
    expect(shown(number).comments).toEqual([granted.body]);
  });
});

describe("the open submissions of an account", () => {
  it("are its own, and no talk", async () => {
    const before = open("walt", "1.hula.atlas.sshkey.pub");
    open("walt", "my receiver is broken");
    open("bob", "2.hula.atlas.sshkey.pub");
    const closed = open("walt", "3.hula.atlas.sshkey.pub");
    repository().issues.change(world.forge.person("walt"), closed, { state: "closed" });
    const last = open("walt", "4.hula.atlas.sshkey.pub");
    expect(await inbox.openOf({ id: 8, login: "walt" })).toEqual([before, last]);
    expect(await inbox.openOf({ id: 999, login: "walt" })).toEqual([]);
  });
});
