/** The arguments and inputs of GitHub's schema that the resolvers use: graphql-js has checked them against it. */
export type {
  CommitHistoryArgs,
  IssueTimelineItemsArgs,
  MutationCreateCommitOnBranchArgs,
  MutationDeleteIssueArgs,
  MutationTransferIssueArgs,
  MutationUpdateRefsArgs,
  QueryNodeArgs,
  QueryOrganizationArgs,
  QueryRepositoryArgs,
  QueryUserArgs,
  RepositoryIssueArgs,
  RepositoryIssuesArgs,
  RepositoryObjectArgs,
  RepositoryRefArgs,
  RepositoryRefsArgs,
} from "@octokit/graphql-schema";
