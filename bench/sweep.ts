import { sweep } from "../flows/sweep.ts";
import { sshKeyOf } from "../test/fixtures/made-keys.ts";
import { RealmOnForge } from "../test/fixtures/realm-on-forge.ts";
import { answerInModel } from "./answered.ts";

/** Half of them submissions that wait for an admin, from many accounts, for each may let twenty wait; half are talk. */
const ISSUES = Number(process.argv[2] ?? 2000);
const EACH_WAITS = 20;
/** So many wait for their first answer, which must be what the others were given. */
const FRESH = 40;
const CHANGED = 40;
const MOST_QUIET = Math.ceil((110 * ISSUES) / 10_000) + (ISSUES < 10_000 ? 10 : 0);
const MOST_EACH = 2.5;

const world = await RealmOnForge.open();
try {
  const waiting = Array.from({ length: ISSUES / 2 }, (_, index) => {
    const login = `field-${Math.floor(index / EACH_WAITS)}`;
    world.forge.teams.set("field", login);
    return world.opens(login, `${300 + (index % 100)}.hula.atlas.sshkey.pub`, sshKeyOf(`${index}`));
  });
  for (let index = 0; index < ISSUES / 2; index++)
    world.opens("alice", `receiver ${index} is broken`, "help");

  const fresh = new Set(waiting.slice(-FRESH));
  const bodies = await answerInModel(world, waiting, (issue) => !fresh.has(issue));
  await counted(`${FRESH} not yet answered`, FRESH);
  for (const issue of fresh) {
    const [said, ...more] = world.answers(issue);
    if (said === undefined || said !== bodies.get(issue) || more.length > 0)
      throw new Error(
        `issue ${issue} was answered ${JSON.stringify(said)}; the model has ${bodies.get(issue)}`,
      );
  }
  const quiet = await counted("nothing changed", 0);
  for (const issue of waiting.slice(0, CHANGED)) world.says("alice", issue, "please wait");
  const each = ((await counted(`${CHANGED} changed`, CHANGED)) - quiet) / CHANGED;
  const meets = quiet <= MOST_QUIET && each <= MOST_EACH;
  console.log(
    `${quiet} requests for ${ISSUES} issues (at most ${MOST_QUIET}), ${each} for each that changed (at most ${MOST_EACH})`,
  );
  console.log(meets ? "meets both" : "MISSES");
  if (!meets) process.exitCode = 1;
} finally {
  await world.close();
}

/** By an app that has just started and remembers nothing. */
async function counted(what: string, changed: number): Promise<number> {
  const [before, began] = [world.requests.length, performance.now()];
  const { admitted, failed } = await sweep(world.bot());
  const requests = world.requests.length - before;
  const seconds = ((performance.now() - began) / 1000).toFixed(1);
  console.log(
    `${what}: ${requests} requests, ${admitted} issues read, ${failed.length} failed, ${seconds} s`,
  );
  console.log(routesIn(world.requests.slice(before)));
  if (failed.length > 0) throw failed[0]?.error;
  if (admitted !== changed) throw new Error(`${admitted} issues were read; ${changed} had changed`);
  return requests;
}

/** How often each route was asked, numbers left out. */
function routesIn(requests: readonly string[]): string {
  const counts = new Map<string, number>();
  for (const request of requests) {
    const route = request.replace(/\?.*$/, "").replace(/\/(\d+|[0-9a-f]{40})(?=\/|$)/g, "/…");
    counts.set(route, (counts.get(route) ?? 0) + 1);
  }
  const sorted = [...counts].sort(([, a], [, b]) => b - a);
  return sorted.map(([route, count]) => `  ${count} × ${route}`).join("\n");
}
