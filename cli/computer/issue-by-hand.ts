import { encode, renderUnicodeCompact } from "uqr";
import type { SubmissionText } from "../../core/computer/enrollment.ts";
import { issueLink } from "../../core/computer/issue-link.ts";

/** Of a terminal, in characters. */
export interface Screen {
  readonly columns: number;
  readonly rows: number;
}

/** What a person must do where no token does it: a link that only waits to be sent off, and the text itself. */
export function byHand(
  repository: string,
  texts: readonly SubmissionText[],
  screen: Screen | undefined,
): string {
  const server = process.env.GITHUB_SERVER_URL || "https://github.com";
  const parts = texts.map(({ title, body }) => {
    const { url, complete } = issueLink(`${server}/${repository}`, { title, body });
    const picture = screen === undefined ? "" : (qrCodeIn(url, screen) ?? "");
    const what = complete ? "it holds this" : "paste this body there";
    return `${picture}${url}\n\n${what}\n\ntitle:\n${title}\n\nbody:\n${body}`;
  });
  const links = texts.length === 1 ? "this link" : "these links, one after the other,";
  return `there is no GITHUB_TOKEN, so open ${links} and submit\n\n${parts.join("\n")}`;
}

/** QR codes of more data than this exist no more. */
const MOST_BYTES = 2953;

/** For a phone's camera; undefined where the screen can't show it in one piece, with a line to spare. */
export function qrCodeIn(text: string, { columns, rows }: Screen): string | undefined {
  if (text.length > MOST_BYTES) return undefined;
  const { size } = encode(text, { ecc: "L", border: 2 });
  if (size > columns || Math.ceil(size / 2) + 1 > rows) return undefined;
  return `${renderUnicodeCompact(text, { ecc: "L", border: 2 })}\n`;
}
