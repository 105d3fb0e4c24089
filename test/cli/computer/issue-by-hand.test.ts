import { describe, expect, it } from "@jest/globals";
import { encode } from "uqr";
import { byHand, qrCodeIn } from "../../../cli/computer/issue-by-hand.ts";

const text = { title: "333.hula.atlas.sshkey.pub", body: "ssh-ed25519 AAAA\n" };

describe("an issue to be opened by hand", () => {
  it("is a link that holds it, and the text beside it", () => {
    const shown = byHand("wildlife/atlas", [text], undefined);
    expect(shown).toContain(
      "https://github.com/wildlife/atlas/issues/new?body=ssh-ed25519%20AAAA%0A&title=333.",
    );
    expect(shown).toContain("title:\n333.hula.atlas.sshkey.pub\n\nbody:\nssh-ed25519 AAAA\n");
    expect(shown).not.toContain("█");
  });

  it("is a QR code too where the terminal has room for it, and only there", () => {
    const { size } = encode("https://x.example", { ecc: "L", border: 2 });
    const rows = Math.ceil(size / 2) + 1;
    const picture = qrCodeIn("https://x.example", { columns: size, rows }) ?? "";
    expect(picture.trimEnd().split("\n")).toHaveLength(rows - 1);
    expect(qrCodeIn("https://x.example", { columns: size - 1, rows })).toBeUndefined();
    expect(qrCodeIn("https://x.example", { columns: size, rows: rows - 1 })).toBeUndefined();
    expect(qrCodeIn("x".repeat(2954), { columns: 1000, rows: 1000 })).toBeUndefined();
    expect(byHand("wildlife/atlas", [text], { columns: 200, rows: 100 })).toContain("█");
  });
});
