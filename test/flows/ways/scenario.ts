import { printEnrollForm } from "../../../core/submission/form.ts";
import { makeCsr, pemOf, subjectOf } from "../../core/made-csr.ts";
import { csrOf, sshKeyOf } from "../../fixtures/made-keys.ts";
import type { RealmOnForge } from "../../fixtures/realm-on-forge.ts";

/** What people do, one after the other; issues are named by the order in which they were opened. */
export type Deed =
  | { readonly do: "open"; readonly by: string; readonly title: string; readonly body: string }
  | { readonly do: "edit"; readonly by: string; readonly issue: number; readonly body: string }
  | { readonly do: "say"; readonly by: string; readonly issue: number; readonly body: string }
  /** With the digest of the text as it stands. */
  | { readonly do: "approve"; readonly by: string; readonly issue: number };

export interface Scenario {
  readonly submissions: readonly Deed[];
  /** What happens once all of them are answered. */
  readonly afterwards: readonly Deed[];
}

/** `count` issues of all kinds, and what follows from them: honest, hopeless, waiting, and some that are none. */
export function scenarioOf(count: number): Scenario {
  const submissions = Array.from({ length: count }, (_, index) => submission(index));
  const afterwards = submissions.flatMap((_, index) => sequel(index));
  return { submissions, afterwards };
}

const open = (by: string, title: string, body: string): Deed => ({ do: "open", by, title, body });

/** One kind each, in turn. Whoever must wait has few beside: of one account only twenty may. */
function submission(index: number): Deed {
  const turn = Math.floor(index / 10);
  const name = String(100 + index);
  switch (index % 10) {
    case 0:
      return open("alice", `${name}.hula.atlas.sshkey.pub`, sshKeyOf(`device ${name}`));
    case 1: {
      const parts = { key: sshKeyOf(`device ${name}`), hostKeys: [sshKeyOf(`host ${name}`)] };
      const body = printEnrollForm({ ...parts, csr: csrOf(name, "hula") });
      return open("bob", `${name}.hula.atlas.enroll`, body);
    }
    case 2:
      return open("alice", `boat-${turn}.tern.atlas.sshkey.pub`, `${sshKeyOf(`boat ${turn}`)} deck\r\n`);
    case 3:
      return open("eve", `${name}.hula.atlas.sshkey.pub`, sshKeyOf(`eve ${name}`));
    case 4:
      return open("alice", `${name}.hula.atlas.x509.csr`, csrOf(name, "hula"));
    case 5:
      return turn % 2 === 1
        ? open("alice", `controller-${turn}.tern.atlas.sshkey.pub`, sshKeyOf(`laptop ${turn}`))
        : open(asker(turn), `controller-${turn}.hula.atlas.sshkey.pub`, sshKeyOf(`laptop ${turn}`));
    case 6:
      return open("alice", `${name}.hula.atlas.sshkey.pub`, "ssh-ed25519 AAAA");
    case 7:
      // Of the device that alice's first issue of this turn enrols: until then it is refused.
      return open("alice", `${100 + index - 7}.hula.atlas.hostkey.pub`, sshKeyOf(`host ${index - 7}`));
    case 8: {
      const another = pemOf(makeCsr({ subject: subjectOf("x.hula.atlas.tunnels.example.org", "x", "hula") }));
      return open("alice", `${name}.hula.atlas.x509.csr`, another);
    }
    default:
      return open("eve", `The door of shed ${name} squeaks`, "It has since May.");
  }
}

const asker = (turn: number): string => (turn % 4 === 0 ? "alice" : "bob");
const other = (login: string): string => (login === "alice" ? "bob" : "alice");

function sequel(index: number): readonly Deed[] {
  const turn = Math.floor(index / 10);
  const name = String(100 + index);
  const issue = index + 1;
  switch (index % 10) {
    case 0:
      return turn % 2 === 0 ? [open("alice", `${name}.hula.atlas.revoke`, "lost in the river")] : [];
    case 1:
      return turn % 2 === 0 ? [{ do: "say", by: "bob", issue, body: "/revoke stolen at the weir" }] : [];
    case 2:
      return turn % 2 === 0
        ? [open("alice", `boat-${turn}.tern.atlas.sshkey.pub`, sshKeyOf(`boat ${turn} anew`))]
        : [];
    case 5: {
      if (turn % 2 === 1) return [];
      const by = other(asker(turn));
      return turn % 8 === 6
        ? [{ do: "say", by, issue, body: "/deny not this one" }]
        : [{ do: "approve", by, issue }];
    }
    case 6:
      return turn % 2 === 0 ? [{ do: "edit", by: "alice", issue, body: sshKeyOf(`mended ${name}`) }] : [];
    default:
      return [];
  }
}

/** Acts it out. Comments have ids of GitHub's own: `said` learns whose each is. */
export function actOut(deeds: readonly Deed[], realm: RealmOnForge, said: Map<number, string>): void {
  const { issues, comments } = realm.forge.repository();
  const say = (by: string, issue: number, body: string) =>
    said.set(comments.create(realm.forge.person(by), issue, body).id, `${by} on #${issue}`);
  for (const deed of deeds) {
    switch (deed.do) {
      case "open":
        realm.opens(deed.by, deed.title, deed.body);
        break;
      case "edit":
        issues.change(realm.forge.person(deed.by), deed.issue, { body: deed.body });
        break;
      case "say":
        say(deed.by, deed.issue, deed.body);
        break;
      case "approve":
        say(deed.by, deed.issue, `/approve ${shown(realm, deed.issue)}`);
    }
  }
}

/** The digits that the bot showed. */
function shown(realm: RealmOnForge, issue: number): string {
  const digits = /\/approve ([0-9a-f]{12})/.exec(realm.answers(issue).join("\n"))?.[1];
  if (digits === undefined) throw new Error(`issue #${issue} shows no digest`);
  return digits;
}
