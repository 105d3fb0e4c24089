import { readFileSync } from "node:fs";
import { newPrivateKey } from "../sandbox/forge/apps.ts";
import { Forge } from "../sandbox/forge/forge.ts";
import { serveForge } from "../sandbox/forge/serve.ts";
import { sshKeyOf } from "../test/fixtures/made-keys.ts";

/** The forge of a load: a process of its own, which sends no webhooks. Told `{ open: n }`, it holds n submissions. */
export async function runForge(): Promise<void> {
  // No broker: certificates are AWS's affair.
  const realm = readFileSync("realm.yaml", "utf8")
    .replace("61000-61999", "20000-29999")
    .replace(/^broker:[\s\S]*?(?=^systems:)/m, "");
  const forge = new Forge({
    now: () => new Date(),
    owner: "wildlife",
    repository: "atlas",
    people: { alice: 583231, bob: 583232 },
    files: { "realm.yaml": realm },
  });
  const served = await serveForge(forge);
  const privateKey = await newPrivateKey();
  const { id, installationId } = await forge.createApp({ slug: "warren", webhookSecret: "load", privateKey });
  const { issues } = forge.repository();
  const alice = forge.person("alice");

  process.on("message", (message: { open?: number; look?: readonly number[] }) => {
    if (message.open !== undefined) {
      const opened = Array.from({ length: message.open }, (_, index) => {
        const title = `r${index + 1}.hula.atlas.sshkey.pub`;
        return { number: issues.open(alice, { title, body: sshKeyOf(`load ${index}`) }).number, title };
      });
      process.send?.({ opened });
    }
    if (message.look !== undefined) {
      const seen = message.look.map((number) => issues.get(alice, number));
      const granted = seen.filter(({ labels }) => labels.some(({ name }) => name === "warren: granted"));
      process.send?.({
        decided: seen.filter(({ state }) => state === "closed").length,
        granted: granted.length,
        comments: seen.reduce((sum, { comments }) => sum + comments.length, 0),
      });
    }
  });
  process.send?.({ url: served.url, appId: id, installationId, privateKey });
}
