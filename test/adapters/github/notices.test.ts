import { describe, expect, it } from "@jest/globals";
import { isNotice } from "../../../adapters/github/notices.ts";

const body = "**Drift.**\n\n<!-- warren:drift -->\n";
const user = { __typename: "User" };

describe("an open issue about drift", () => {
  it("is ours where the token wrote it, or where an app did and GitHub does not say which", () => {
    expect(isNotice({ body, viewerDidAuthor: true, author: user })).toBe(true);
    expect(isNotice({ body, viewerDidAuthor: false, author: { __typename: "Bot" } })).toBe(true);
  });

  it("is not what a person wrote with our marker, nor what else an app opened", () => {
    expect(isNotice({ body, viewerDidAuthor: false, author: user })).toBe(false);
    expect(isNotice({ body, viewerDidAuthor: false, author: null })).toBe(false);
    expect(isNotice({ body: `${body}more`, viewerDidAuthor: true, author: user })).toBe(false);
  });
});
