import { markOf, withMark } from "../adapters/github/mark.ts";
import type { Answer, Inbox, Upon } from "../core/ports/inbox.ts";
import type { People } from "../core/ports/people.ts";
import { admit } from "../flows/admit.ts";
import { withRecentWorld } from "../flows/recent-world.ts";
import { InMemoryInbox } from "../test/fixtures/in-memory-inbox.ts";
import { Life } from "../test/fixtures/life.ts";
import type { RealmOnForge } from "../test/fixtures/realm-on-forge.ts";

/**
 * Decides fresh issues with the bot's own `admit`, but over the forge's model: over HTTP each takes 60 ms. Gives the
 * comment that the bot would write on each, and writes it, and its label, where `writes` says so.
 */
export async function answerInModel(
  world: RealmOnForge,
  issues: readonly number[],
  writes: (issue: number) => boolean,
): Promise<ReadonlyMap<number, string>> {
  const bodies = new Map<number, string>();
  const { forge, app } = world;
  const bot = forge.installation(app);
  const { issues: all, comments, labels } = forge.repository();
  const model = new InMemoryInbox(forge, app, new Life());

  const answer = async (number: number, { body, label, state }: Answer, upon?: Upon): Promise<void> => {
    if (upon === undefined || state !== "open") throw new Error(`issue ${number} does not wait`);
    const marked = withMark(body, markOf(contentOf(upon), { label, closed: false }, upon.basis));
    bodies.set(number, marked);
    if (!writes(number)) return;
    comments.create(bot, number, marked);
    labels.add(bot, all.get(bot, number), [label]);
  };
  const inbox: Inbox = {
    read: (number) => model.read(number),
    updatedSince: (since) => model.updatedSince(since),
    openOf: (author) => model.openOf(author),
    answer,
  };
  const membersOf = (team: string) => new Set(forge.teams.membersOf(team).map(({ id }) => id));
  const people: People = {
    isMember: async ({ team }, { id }) => membersOf(team.split("/")[1] ?? "").has(id),
    members: async ({ team }) => membersOf(team.split("/")[1] ?? ""),
  };
  const ports = withRecentWorld(world.bot({ inbox, people }));
  for (const number of issues) await admit(ports, number);
  return bodies;
}

/** Nobody has touched it since it was opened. */
const contentOf = ({ issue: { number, title, body, author } }: Upon) => ({
  ...{ number, title, body, edits: [], events: [], editor: null, lastEditedAt: null, comments: [] },
  author: author === null ? null : { __typename: "User", login: author.login, databaseId: author.id },
});
