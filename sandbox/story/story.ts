import { X509Certificate } from "node:crypto";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { performance } from "node:perf_hooks";
import { Failure } from "../../core/failure.ts";
import { type ComputerId, formatId } from "../../core/names.ts";
import type { Child } from "../children.ts";
import { Computer } from "../computer.ts";
import type { Sandbox } from "../start.ts";
import { type Cast, castOf } from "./cast.ts";
import { GitHubUser, reasonIn } from "./github-user.ts";
import type { StoryTeller } from "./teller.ts";
import { printedBy, seconds } from "./watching.ts";

/**
 * Acts out the main job with real processes, and prints what was observed. A step that did not happen is a failure with
 * what was seen instead.
 */
export async function tellStory(sandbox: Sandbox, teller: StoryTeller): Promise<void> {
  const cast = castOf(sandbox.realm);
  if (cast === undefined) {
    throw new Failure(
      "refused",
      "no system of realm.yaml has room for the story: it grants a person's devices, asks for another's controller, and has three ports",
    );
  }
  await new Story(sandbox, teller, cast).tell();
}

class Story {
  readonly #sandbox: Sandbox;
  readonly #teller: StoryTeller;
  readonly #cast: Cast;
  #agents: readonly Child[] = [];
  /** How many runs of the sync workflow have been told of. */
  #told = 0;

  constructor(sandbox: Sandbox, teller: StoryTeller, cast: Cast) {
    this.#sandbox = sandbox;
    this.#teller = teller;
    this.#cast = cast;
  }

  async tell(): Promise<void> {
    const { realm, urls, proxy } = this.#sandbox;
    const { system } = this.#cast;
    this.#teller.chapter(
      `Realm ${realm.name}: ${system.description || system.name}, behind the proxy ${proxy.host}:${proxy.port}`,
    );
    this.#teller.tell("forge", `${realm.repository.fullName} at ${urls.forge}; its issues are the inbox`);

    const devices = await this.#enrolDevices();
    await this.#turnAway(devices);
    const controller = await this.#enrolController();
    await this.#reach(controller, devices);
    this.#whatNext(controller, devices);
  }

  async #enrolDevices(): Promise<readonly Computer[]> {
    const { owner, devices, system } = this.#cast;
    this.#teller.chapter(`Three devices are enrolled by ${owner.login}`);
    const computers = await Promise.all(devices.map((id) => this.#enrolDevice(id)));
    const [first] = computers;
    if (first === undefined) throw new Failure("refused", "story has no devices");
    const record = JSON.parse(
      await this.#person(owner.login).registryFile(`${system.name}/${devices[0]?.computer}.json`),
    );
    const pem = await readFile(join(first.profile, "x509.pem"), "utf8");
    const ca = new X509Certificate(await readFile(this.#sandbox.caFile));
    const certificate = new X509Certificate(pem);
    if (!certificate.verify(ca.publicKey))
      throw new Failure("refused", "device's certificate does not verify");
    this.#teller.tell(
      "registry",
      `${system.name}/${devices[0]?.computer}.json has port ${record.port}, ${record.hostKeys.length} host key, certificate ${record.certificates[0].certificate.slice(0, 12)}…`,
    );
    this.#teller.tell(
      first.id,
      `has its certificate (${certificate.subject.replaceAll("\n", ", ")}), and it verifies against ${ca.subject}`,
    );
    this.#saySyncs();
    this.#agents = computers.map((computer) => computer.startAgent());
    return computers;
  }

  async #enrolDevice(id: ComputerId): Promise<Computer> {
    const { owner, system } = this.#cast;
    const computer = await Computer.make(formatId(id), owner.login, this.#sandbox);
    const sshd = await computer.startSshd(system.login);
    const began = performance.now();
    const enrolled = await computer.enroll(sshd);
    printedBy(`warren enroll ${computer.id}`, enrolled);
    const issue = await this.#person(owner.login).issueOf(`${computer.id}.enroll`);
    const seen = await this.#person(owner.login).waitFor(issue, "warren: granted");
    this.#teller.tell("bot", `#${issue} ${computer.id}: ${reasonIn(seen)}, enrolled in ${seconds(began)}`);
    return computer;
  }

  /** A stranger with a good key, and a trusted person with a request in another computer's name. */
  async #turnAway(devices: readonly Computer[]): Promise<void> {
    const { stranger, owner, system } = this.#cast;
    const { realm } = this.#sandbox;
    this.#teller.chapter("Two more try");
    const [victim] = devices;
    if (victim === undefined) throw new Failure("refused", "story has no devices");
    const key = (await readFile(join(victim.profile, "identity.pub"), "utf8")).trim();
    const csr = await readFile(join(victim.profile, "x509.csr"), "utf8");
    const free = Number(victim.id.split(".")[0]) + devices.length;
    const tries = [
      {
        who: stranger,
        title: `${free}.${system.name}.${realm.name}.sshkey.pub`,
        body: key,
        what: "a key of no rule's person",
      },
      {
        who: owner.login,
        title: `${free}.${system.name}.${realm.name}.x509.csr`,
        body: csr,
        what: `the request of ${victim.id}`,
      },
    ];
    for (const { who, title, body, what } of tries) {
      const person = this.#person(who);
      const issue = await person.open(title, body);
      this.#teller.tell(who, `opens #${issue} ${title} with ${what}`);
      const seen = await this.#person(who).waitFor(issue, "warren: refused");
      this.#teller.tell("bot", `#${issue} refused: ${reasonIn(seen)}`);
    }
  }

  async #enrolController(): Promise<Computer> {
    const { visitor, admin, controller } = this.#cast;
    this.#teller.chapter(`A controller, which an admin must approve`);
    const computer = await Computer.make(formatId(controller), visitor.login, this.#sandbox);
    const enrolling = computer.enroll();
    const failed = enrolling.then((ended) => printedBy(`warren enroll ${computer.id}`, ended));
    failed.catch(() => {});
    const issue = await Promise.race([
      this.#person(visitor.login).issueOf(`${computer.id}.enroll`),
      failed.then(() => this.#person(visitor.login).issueOf(`${computer.id}.enroll`)),
    ]);
    const asked = await this.#person(visitor.login).waitFor(issue, "warren: waiting");
    this.#teller.tell("bot", `#${issue} ${computer.id}: ${reasonIn(asked)}`);
    const [command] = /\/approve [0-9a-f]{12}/.exec(asked.answer) ?? [];
    if (command === undefined)
      throw new Failure("refused", `bot did not say how to approve #${issue}: ${asked.answer}`);
    await this.#person(admin.login).comment(issue, command);
    this.#teller.tell(admin.login, `comments ${command}`);
    const granted = await this.#person(visitor.login).waitFor(issue, "warren: granted");
    await failed;
    this.#teller.tell("bot", `#${issue} ${computer.id}: ${reasonIn(granted)}`);
    this.#saySyncs();
    return computer;
  }

  async #reach(controller: Computer, devices: readonly Computer[]): Promise<void> {
    const [login] = this.#cast.system.login;
    const [first] = devices;
    if (login === undefined || first === undefined)
      throw new Failure("refused", "story has nothing to reach");
    this.#teller.chapter("The controller reaches them, through tunnels that open when they are asked for");
    const target = `${login}@${first.id}`;
    await this.#types(controller, ["connect", target, "--", "uname", "-a"], ["Linux"], ", asleep before");
    await this.#types(
      controller,
      ["connect", target, "--", 'echo "$USER on $WARREN_DEVICE"'],
      [`${login} on ${first.id}`],
    );
    const ids = devices.map(({ id }) => id);
    await this.#types(
      controller,
      ["exec", ...ids, "--", 'echo "$WARREN_DEVICE is up"'],
      ids.map((id) => `${id} is up`),
    );
  }

  /** Runs `warren` as a person would, and shows what it printed, in which all of `expected` must stand. */
  async #types(
    controller: Computer,
    argv: readonly string[],
    expected: readonly string[],
    note = "",
  ): Promise<void> {
    const began = performance.now();
    const ended = await controller.warren(argv);
    const heard = this.#agents.map(({ name, log }) => `${name}: ${log()}`).join("\n");
    const printed = printedBy(`warren ${argv.join(" ")}`, ended, heard);
    for (const words of expected) {
      if (!printed.includes(words))
        throw new Failure("refused", `warren ${argv.join(" ")} did not say "${words}": ${printed}`);
    }
    const typed = argv.map((word) => (/[^\w@.:-]/.test(word) ? `'${word}'` : word)).join(" ");
    this.#teller.tell("$ warren", `${typed}    (${seconds(began)}${note})`);
    for (const line of printed.split("\n")) this.#teller.more(line);
  }

  #whatNext(controller: Computer, devices: readonly Computer[]): void {
    const [login] = this.#cast.system.login;
    const { dist, urls, realm } = this.#sandbox;
    const warren = join(dist, "warren.js");
    const env = Object.entries(controller.env).flatMap(([name, value]) =>
      // A terminal keeps its own home.
      name === "HOME" ? [] : [`${name}=${value}`],
    );
    this.#teller.chapter("Your turn, in a second terminal");
    this.#teller.say(`  export ${env.join(" ")}`);
    this.#teller.say(`  node ${warren} list`);
    this.#teller.say(`  node ${warren} connect ${login}@${devices[1]?.id}`);
    this.#teller.say(
      `  node ${warren} ssh-config > /tmp/warren.conf && ssh -F /tmp/warren.conf ${login}@${devices[2]?.id} uptime`,
    );
    this.#teller.say(`  curl -s ${urls.forge}/repos/${realm.repository.fullName}/issues/1/comments`);
  }

  /** What the workflow changed since it was last asked. */
  #saySyncs(): void {
    const runs = this.#teller.runs.slice(this.#told);
    this.#told = this.#teller.runs.length;
    const failed = runs.find(({ ok }) => !ok);
    if (failed !== undefined) throw new Failure("refused", `sync failed: ${failed.log}`);
    const changed = runs.flatMap(({ summary }) => summary.match(/^- .*key.*$/gm) ?? []);
    const last = changed.at(-1);
    if (last === undefined) throw new Failure("refused", "no sync changed anything");
    this.#teller.tell("sync", last.replace(/^- /, "").replaceAll("`", ""));
  }

  #person(login: string): GitHubUser {
    return new GitHubUser(login, this.#sandbox.urls.forge, this.#sandbox.realm.repository.fullName);
  }
}
