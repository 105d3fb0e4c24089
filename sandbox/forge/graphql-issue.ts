import { accountOf } from "./actor.ts";
import type { EditedText } from "./edited-text.ts";
import { viewActor } from "./graphql-actor.ts";
import type { IssueTimelineItemsArgs } from "./graphql-args.ts";
import { connect, type PageArgs } from "./graphql-connection.ts";
import type { Viewer } from "./graphql-viewer.ts";
import { iso, nodeId } from "./ids.ts";
import type { Comment, Issue, TimelineEvent } from "./issue.ts";
import type { Repository } from "./repository.ts";
import { association, issuePage } from "./show-issue.ts";

type ViewRepository = (repository: Repository) => unknown;

export function viewIssue(viewer: Viewer, issue: Issue, viewRepository: ViewRepository) {
  const { links, actor } = viewer;
  const itself = {
    __typename: "Issue",
    id: nodeId("I", issue.id),
    databaseId: issue.id,
    fullDatabaseId: String(issue.id),
    number: issue.number,
    title: issue.title,
    state: issue.state.toUpperCase(),
    stateReason: ({ enableDuplicate }: { readonly enableDuplicate?: boolean | null }) =>
      issue.stateReason === "duplicate" && enableDuplicate !== true
        ? "NOT_PLANNED"
        : (issue.stateReason?.toUpperCase() ?? null),
    closed: issue.state === "closed",
    closedAt: issue.closedAt && iso(issue.closedAt),
    createdAt: iso(issue.createdAt),
    publishedAt: iso(issue.createdAt),
    updatedAt: iso(issue.updatedAt),
    url: issuePage(links, issue),
    resourcePath: `/${issue.repository.fullName}/issues/${issue.number}`,
    locked: false,
    isPinned: false,
    author: () => viewActor(links, issue.author),
    authorAssociation: association(issue.repository, issue.author),
    viewerDidAuthor: accountOf(actor) === issue.author,
    ...viewText(viewer, issue.text),
    repository: () => viewRepository(issue.repository),
    labels: (args: PageArgs) =>
      connect(
        "labels",
        args,
        issue.labels,
        ({ id }) => [id, 0],
        ({ id, name, color, description }) => ({
          id: nodeId("LA", id),
          name,
          color,
          description,
          isDefault: false,
        }),
      ),
    comments: (args: PageArgs) =>
      connect(
        "comments",
        args,
        issue.comments,
        ({ id }) => [id, 0],
        (comment) => viewComment(viewer, comment, () => itself),
      ),
    timelineItems: (args: IssueTimelineItemsArgs) => {
      const wanted = args.itemTypes ?? Object.values(ITEM_TYPE);
      const items = issue.timeline.filter(({ kind }) => wanted.includes(ITEM_TYPE[kind]));
      const page = connect(
        "timelineItems",
        args,
        items,
        ({ id }) => [id, 0],
        (event) => viewEvent(viewer, event, () => itself, viewRepository),
      );
      return {
        ...page,
        filteredCount: items.length,
        pageCount: page.nodes.length,
        updatedAt: iso(issue.updatedAt),
      };
    },
  };
  return itself;
}

function viewComment(viewer: Viewer, comment: Comment, viewIssue: () => object) {
  const { links, actor } = viewer;
  const { repository } = comment.issue;
  return {
    __typename: "IssueComment",
    id: nodeId("IC", comment.id),
    databaseId: comment.id,
    fullDatabaseId: String(comment.id),
    createdAt: iso(comment.createdAt),
    publishedAt: iso(comment.createdAt),
    updatedAt: iso(comment.updatedAt),
    url: `${issuePage(links, comment.issue)}#issuecomment-${comment.id}`,
    author: () => viewActor(links, comment.author),
    authorAssociation: association(repository, comment.author),
    viewerDidAuthor: accountOf(actor) === comment.author,
    isMinimized: false,
    issue: viewIssue,
    ...viewText(viewer, comment.text),
  };
}

/** What issues and comments share: a body that people edit. */
function viewText({ links }: Viewer, text: EditedText) {
  const last = text.lastEdit;
  return {
    body: text.body,
    bodyText: text.body,
    createdViaEmail: false,
    includesCreatedEdit: last !== undefined,
    lastEditedAt: last === undefined ? null : iso(last.at),
    editor: () => (last === undefined ? null : viewActor(links, last.editor)),
    userContentEdits: (args: PageArgs) =>
      connect(
        "userContentEdits",
        args,
        text.edits,
        ({ id }) => [-id, 0],
        (edit) => ({
          id: nodeId("UCE", edit.id),
          createdAt: iso(edit.at),
          editedAt: iso(edit.at),
          updatedAt: iso(edit.erased?.at ?? edit.at),
          editor: () => viewActor(links, edit.editor),
          diff: edit.content,
          deletedAt: edit.erased === null ? null : iso(edit.erased.at),
          deletedBy: () => edit.erased && viewActor(links, edit.erased.by),
        }),
      ),
  };
}

const ITEM_TYPE = { renamed: "RENAMED_TITLE_EVENT", transferred: "TRANSFERRED_EVENT" } as const;

function viewEvent(
  { links }: Viewer,
  event: TimelineEvent,
  issue: () => object,
  viewRepository: ViewRepository,
) {
  const base = { createdAt: iso(event.at), actor: () => viewActor(links, event.actor) };
  if (event.kind === "renamed") {
    const { previousTitle, currentTitle } = event;
    const titles = { previousTitle, currentTitle };
    return {
      __typename: "RenamedTitleEvent",
      id: nodeId("RTE", event.id),
      ...base,
      ...titles,
      subject: issue,
    };
  }
  const fromRepository = () => viewRepository(event.from);
  return { __typename: "TransferredEvent", id: nodeId("TE", event.id), ...base, issue, fromRepository };
}
