import { MOST_SYSTEMS } from "../../core/access/manifest.ts";
import { Failure } from "../../core/failure.ts";
import { lastLine } from "../../core/lines.ts";
import { type Parsed, parsed, unparsed } from "../../core/place.ts";
import type { SystemAccounts } from "../../core/ports/proxy-host.ts";
import {
  addSystem,
  readAccounts,
  readGroup,
  standingOfSystem,
  systemAccounts,
} from "../../core/proxy-host/accounts.ts";
import { GROUP, RECORD } from "../../core/proxy-host/layout.ts";
import { readIfThere } from "../files/read.ts";
import { readAccountTexts } from "./facts.ts";
import { RealHost } from "./host.ts";

/** The accounts of this machine; those of a host that `prepare` did not set up are its admin's own. */
export class HostAccounts implements SystemAccounts {
  async missing(systems: readonly string[]): Promise<Parsed<readonly string[]>> {
    if ((await readIfThere(RECORD)) === undefined) return parsed([]);
    const { passwd, group: groups } = await readAccountTexts();
    const accounts = readAccounts(passwd);
    const group = readGroup(groups, GROUP);
    const missing: string[] = [];
    for (const name of systems) {
      const standing = standingOfSystem(name, accounts, group);
      if (standing.kind === "foreign")
        return unparsed(`account ${name} on the proxy was not made by Warren: ${standing.why}`);
      if (standing.kind === "missing") missing.push(name);
    }
    const after = systemAccounts(accounts, group).length + missing.length;
    // Those of systems that left stay: bundle by bundle, a sync's key could use up all that the host has.
    return missing.length === 0 || after <= MOST_SYSTEMS
      ? parsed(missing)
      : unparsed(
          `proxy would have ${after} accounts of systems, ${MOST_SYSTEMS} at most; root may userdel those of systems that left`,
        );
  }

  async create(system: string): Promise<void> {
    const { status, says } = await new RealHost().run(addSystem(system).argv);
    if (status !== 0) throw new Failure("refused", `account ${system} can't be made: ${lastLine(says)}`);
  }
}
