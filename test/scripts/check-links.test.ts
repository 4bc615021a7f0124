import { describe, expect, it } from "vitest";
import { checkLinks } from "../../scripts/check-links.ts";
import { makeTree } from "./tree.ts";

describe("checkLinks()", () => {
  it("follows links to files, folders and headings, and leaves addresses and code alone", () => {
    using tree = makeTree({
      "README.md":
        "# Top of `it`\n[a](docs/a.md) [b](docs/) [c](docs/a.md#what-it-is) [d](#top-of-it) [e](https://x.example/no)\n```ts\nf[0](nowhere)\n```\n",
      "docs/a.md": "## What it is?\n[up](../README.md)\n",
    });
    expect(checkLinks(tree.root)).toEqual([]);
  });

  it.each([
    ["docs/b.md", "no such file"],
    ["docs/a.md#nothing", "no such heading"],
    ["#nothing", "no such heading"],
  ])("reports a link to %s", (link, reason) => {
    using tree = makeTree({ "README.md": `# Top\n[x](${link})\n`, "docs/a.md": "# A\n" });
    expect(checkLinks(tree.root)).toEqual([expect.stringMatching(new RegExp(`README.md: .*"${link}".*${reason}`))]);
  });

  it("looks into documents of folders, too", () => {
    using tree = makeTree({ "docs/deep/a.md": "[x](../../README.md)\n" });
    expect(checkLinks(tree.root)).toHaveLength(1);
  });
});
