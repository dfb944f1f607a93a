import { describe, expect, it } from "vitest";
import { inline, parse, plain } from "./parse";

describe("the Markdown of a lab's page", () => {
  it("reads blocks", () => {
    const kinds = parse("# T\n\ntext\nmore\n\n$$\na = b\n$$\n\n$$x$$\n\n- one\n- two\n  deeper\n\n1. a\n2. b\n\n| a | b |\n|---|--:|\n| 1 | `x|y` |\n\n```py\nif x:\n    y\n```\n> said").map((one) => one.kind);
    expect(kinds).toEqual(["heading", "paragraph", "math", "math", "list", "list", "table", "code", "quote"]);
  });
  it("keeps a table's bars inside code and math", () => {
    const [table] = parse("| a | b |\n|---|---|\n| `x|y` | $|v|$ |");
    expect(table?.kind === "table" && table.rows[0]!.map(plain)).toEqual(["x|y", "|v|"]);
  });
  it("reads inline parts and leaves prices and names alone", () => {
    expect(inline("a `code` **b** *c* $x_1$ [l](/u)").map((one) => one.kind)).toEqual(["text", "code", "text", "strong", "text", "em", "text", "math", "text", "link"]);
    expect(plain(inline("tau_gaba_ms costs $5 and $6"))).toBe("tau_gaba_ms costs $5 and $6");
    expect(inline("tau_gaba_ms")).toEqual([{ kind: "text", text: "tau_gaba_ms" }]);
  });
  it("gives headings an address", () => expect(parse("## How it was verified")[0]).toMatchObject({ id: "how-it-was-verified", level: 2 }));
  it("ends whatever stands in it", () => {
    for (const text of ["```\nopen", "$$\nopen", "- ", "|", "| a |\n|---|", "> ", "**open", "[a](", "1. x\n\n\n2. y"]) expect(Array.isArray(parse(text))).toBe(true);
  });
});
