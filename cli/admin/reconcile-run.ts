import { wireAdmission } from "../../adapters/wire.ts";
import { causeOf, Failure } from "../../core/failure.ts";
import { formatId } from "../../core/names.ts";
import { reconcile } from "../../flows/reconcile.ts";
import { githubOf } from "../github.ts";
import { warn } from "../outcome.ts";
import { caKeyHere } from "./ca-key.ts";
import { repositoryOf } from "./verify-run.ts";

export async function reconcileFromHere(options: {
  readonly repository: string | undefined;
  readonly dryRun: boolean;
}) {
  const client = await githubOf();
  if (client === undefined) {
    throw new Failure("usage", "GITHUB_TOKEN is not set", {
      hint: "set it to a token that may write issues and the branch `registry`",
    });
  }
  const repository = await repositoryOf(options.repository);
  const { GitHubIssues } = await import("../../adapters/github/submissions.ts");
  const login = await new GitHubIssues(client, repository).login();
  const ports = wireAdmission({ client, repository, self: { login }, caKey: await caKeyHere() });
  const { swept, changes, systems, certificates, oddities } = await reconcile(ports, {
    dryRun: options.dryRun,
    saw: (issue, { kind }) => warn(`issue #${issue}: ${kind}`),
    tell: warn,
  });
  const failed = swept.failed.map(({ issue, error }) => ({ issue, why: causeOf(error) }));
  const document = {
    dryRun: options.dryRun,
    issues: { read: swept.admitted, settled: swept.settled, failed },
    registry: changes.map(({ kind, id, why }) => ({ kind, computer: formatId(id), why })),
    systems,
    certificates,
    oddities,
  };
  const lines = [
    ...(options.dryRun
      ? []
      : [`${swept.admitted} issues read, ${swept.settled} stand as they were answered`]),
    ...failed.map(({ issue, why }) => `issue #${issue} failed: ${why}`),
    ...[...systems, ...changes].map(({ why }) => why),
    ...certificates.map((step) => ("why" in step ? `certificate ${step.certificate}: ${step.why}` : "")),
    ...oddities.map(({ says }) => says),
  ];
  const mended = changes.length + systems.length + certificates.length > 0;
  if (!mended && oddities.length === 0) lines.push("registry and certificates are as they should be");
  const exit = failed.length + oddities.length > 0 || (options.dryRun && mended) ? 1 : 0;
  return { document, lines, exit };
}
