import { type Admitted, admit } from "../../flows/admit.ts";
import type { RoleName } from "../../sandbox/forge/roles.ts";
import { makeCsr, pemOf, subjectOf } from "../core/made-csr.ts";
import { RealmOnForge } from "../fixtures/realm-on-forge.ts";

/** What attackers do to the example realm on its forge, in their words; `world` is the realm itself. */
export class AttackedRealm {
  readonly world: RealmOnForge;

  private constructor(world: RealmOnForge) {
    this.world = world;
  }

  static async open(): Promise<AttackedRealm> {
    return new AttackedRealm(await RealmOnForge.open());
  }

  close(): Promise<void> {
    return this.world.close();
  }

  opens(login: string, title: string, body: string): number {
    return this.world.opens(login, title, body);
  }

  /** Through an app that acts in somebody's name. */
  async opensThroughApp(login: string, title: string, body: string): Promise<number> {
    const app = await this.#stranger();
    return this.#repository.issues.open(this.world.forge.person(login, app), { title, body }).number;
  }

  async saysThroughApp(login: string, issue: number, body: string): Promise<void> {
    const app = await this.#stranger();
    this.#repository.comments.create(this.world.forge.person(login, app), issue, body);
  }

  /** Returns the comment's number. */
  says(login: string, issue: number, body: string): number {
    return this.#repository.comments.create(this.world.forge.person(login), issue, body).id;
  }

  editsComment(login: string, comment: number, body: string, role: RoleName = "read"): void {
    this.world.forge.setRole(login, role);
    this.#repository.comments.edit(this.world.forge.person(login), comment, body);
  }

  edits(
    login: string,
    issue: number,
    change: {
      readonly title?: string;
      readonly body?: string;
      readonly state?: "open" | "closed";
      readonly labels?: readonly string[];
    },
    role: RoleName = "triage",
  ): void {
    this.world.forge.setRole(login, role);
    this.#repository.issues.change(this.world.forge.person(login), issue, change);
  }

  /** Another instance each time, that remembers nothing. */
  async decides(issue: number): Promise<Admitted["kind"]> {
    return (await admit(this.world.bot(), issue)).kind;
  }

  answer(issue: number): string {
    return this.world.answers(issue).join("\n");
  }

  /** The words that the bot asked an admin to write. */
  approvalOf(issue: number): string {
    const [command] = /\/approve [0-9a-f]{12}/.exec(this.answer(issue)) ?? [];
    if (command === undefined) throw new Error(`issue ${issue} was not asked about`);
    return command;
  }

  /** Keys that the registry holds of a computer, `[]` where it holds nothing. */
  async keysOf(path: string): Promise<readonly string[]> {
    return (await this.world.record(path))?.sshKeys.map(({ key }) => key) ?? [];
  }

  get #repository() {
    return this.world.forge.repository();
  }

  async #stranger() {
    const { forge } = this.world;
    return forge.app("helpful") ?? (await forge.createApp({ slug: "helpful" }));
  }
}

/** A request as an honest computer of the example realm makes it. */
export const requestOf = (computer: string, system = "hula", making: Parameters<typeof makeCsr>[0] = {}) =>
  pemOf(
    makeCsr({
      subject: subjectOf(`${computer}.${system}.atlas.tunnels.example.org`, computer, system),
      ...making,
    }),
  );
