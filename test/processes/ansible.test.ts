import { spawnSync } from "node:child_process";
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "@jest/globals";
import { run } from "../../adapters/openssh/run.ts";
import { type ManyDevices, startManyDevices } from "./many-devices.ts";
import { canHost } from "./stock-host.ts";

const hasAnsible = spawnSync("ansible", ["--version"], { stdio: "ignore" }).status === 0;

(canHost() && hasAnsible ? describe : describe.skip)("Ansible, by what warren ssh-config prints", () => {
  let many: ManyDevices;

  beforeAll(async () => {
    many = await startManyDevices(10);
  }, 60_000);
  afterAll(() => many.close());

  it("pings ten devices, named in an inventory of nothing but names", async () => {
    const { folder, env, names, warren } = many;
    const [config, inventory] = [join(folder, "printed"), join(folder, "inventory")];
    await writeFile(config, (await warren("ssh-config")).stdout);
    await writeFile(inventory, `[receivers]\n${names.join("\n")}\n`);
    const ended = await run("ansible", ["receivers", "-i", inventory, "-m", "ping", "--one-line"], {
      timeout: 90_000,
      // In the place of the Include in ~/.ssh/config, where ssh looks whatever HOME says.
      env: { ...env, ANSIBLE_SSH_COMMON_ARGS: `-F ${config}` },
    });
    expect(ended.stderr).toBe("");
    const pongs = ended.stdout.match(/^d\d+\.hula\.atlas \| SUCCESS => .*"ping": "pong"/gm);
    expect(pongs).toHaveLength(10);
    expect(ended.status).toBe(0);
  }, 120_000);
});
