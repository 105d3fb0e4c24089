import { describe, expect, it } from "@jest/globals";
import { code, prose } from "../../../core/decision/markdown.ts";
import { markdownLines } from "../../../core/decision/markdown-text.ts";

describe("markdownLines", () => {
  it("leaves the words of the bot's answers, and the command in its fence", () => {
    const link = "[`systems.hula.trust[0]`](https://example.org/realm.yaml#L42)";
    const markdown = `**Refused.** ${prose("no * for you")}\r\n\r\n- *because* ${code("3*")} (${link})\n\n\`\`\`\n/approve 0123456789ab\n\`\`\`\n`;
    expect(markdownLines(markdown)).toEqual([
      "Refused. no * for you",
      "- because 3* (systems.hula.trust[0])",
      "/approve 0123456789ab",
    ]);
  });

  it("lets no control of a terminal through", () => {
    expect(markdownLines(`\u001b[2J${code("a\u001bb")}\u202e`)).toEqual(["a\\u{1b}b"]);
  });
});
