import { sweep } from "../flows/sweep.ts";
import { sshKeyOf } from "../test/fixtures/made-keys.ts";
import { RealmOnForge } from "../test/fixtures/realm-on-forge.ts";

/** Half of them submissions that wait for an admin, from many accounts, for each may let twenty wait; half are talk. */
const ISSUES = Number(process.argv[2] ?? 10_000);
const EACH_WAITS = 20;
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

  await counted("the first sweep, which answers them");
  const quiet = await counted("nothing changed");
  for (const issue of waiting.slice(0, CHANGED)) world.says("alice", issue, "please wait");
  const each = ((await counted(`${CHANGED} changed`)) - quiet) / CHANGED;
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
async function counted(what: string): Promise<number> {
  const [before, began] = [world.requests.length, performance.now()];
  const { admitted, failed } = await sweep(world.bot());
  const requests = world.requests.length - before;
  const seconds = ((performance.now() - began) / 1000).toFixed(1);
  console.log(
    `${what}: ${requests} requests, ${admitted} issues read, ${failed.length} failed, ${seconds} s`,
  );
  if (failed.length > 0) throw failed[0]?.error;
  return requests;
}
