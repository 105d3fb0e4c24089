/** Makes an environment that lets in one branch alone: without the policy, a workflow on any branch could read its secrets. */
export function makeEnvironment(repository: string, name: string, branch: string): string {
  const at = `repos/${repository}/environments/${name}`;
  const policy = "deployment_branch_policy";
  return [
    `gh api --method PUT ${at} -F '${policy}[protected_branches]=false' -F '${policy}[custom_branch_policies]=true'`,
    `gh api --method POST ${at}/deployment-branch-policies -f name=${branch}`,
  ].join(" && ");
}
