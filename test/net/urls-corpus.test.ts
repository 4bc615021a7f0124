import { describe, expect, it } from "vitest";

import { createGuardedFetch } from "../../src/net/index.ts";
import { createFetchRules } from "../../src/net/fetch-rules.ts";
import { readHostLists } from "../../src/net/host-list.ts";
import { readCorpus } from "../corpora/read-corpus.ts";

/** A URL, what its host resolves to, the lists in force, and whether it may be reached. */
interface Row {
  readonly url: string;
  readonly expect: "refuse" | "reach";
  readonly resolves?: readonly string[];
  readonly allow?: readonly string[];
  readonly block?: readonly string[];
}

/** What the guard says without a connection: the URL, then every address of its host. */
function judge({ url, resolves = [], expect: _expected, ...lists }: Row): "refuse" | "reach" {
  if (!URL.canParse(url)) return "refuse";
  const rules = createFetchRules(readHostLists(lists));
  const parsed = new URL(url);
  try {
    rules.assertUrl(parsed);
    for (const address of resolves) rules.assertAddress(parsed.hostname, address);
    return "reach";
  } catch {
    return "refuse";
  }
}

const rows = readCorpus<Row>("urls.jsonl");

describe("the corpus of URLs", () => {
  it.each(rows)("$expect $url $resolves $allow $block", (row) => {
    expect(judge(row)).toBe(row.expect);
  });

  it.each(rows.filter((row) => row.expect === "refuse"))(
    "createGuardedFetch() refuses $url $resolves",
    async ({ url, resolves, allow, block }) => {
      const guarded = createGuardedFetch({
        lookup: async () => resolves ?? [],
        ...(allow === undefined ? {} : { allow }),
        ...(block === undefined ? {} : { block }),
      });
      // A refusal, or a URL that no fetch takes: nothing was connected to in either case.
      await expect(guarded(url)).rejects.toSatisfy(
        (error) =>
          error instanceof Error &&
          (("code" in error && (error.code === "network_denied" || error.code === "ERR_INVALID_URL")) ||
            error instanceof TypeError),
      );
    },
  );
});
