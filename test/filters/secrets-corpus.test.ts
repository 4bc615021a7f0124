import { describe, expect, it } from "vitest";

import { createRedactor, redactSecrets } from "../../src/filters/index.ts";
import { readCorpus, readMarked } from "../corpora/read-corpus.ts";

interface Row {
  readonly kind: string;
  readonly text: string;
}

const rows = readCorpus<Row>("secrets.jsonl").map(({ kind, text }) => ({ kind, ...readMarked(text) }));
const secret = rows.filter(({ secrets }) => secrets.length > 0);
const harmless = rows.filter(({ secrets }) => secrets.length === 0);

/** What of a secret can still be read: eight characters in a row are too many. */
function leftOf(value: string, shown: string): string | undefined {
  for (let index = 0; index + 8 <= value.length; index += 1) {
    const piece = value.slice(index, index + 8);
    if (shown.includes(piece)) return piece;
  }
  return value.length < 8 && shown.includes(value) ? value : undefined;
}

describe("the corpus of secrets", () => {
  it.each(secret)("$kind: $text", ({ text, secrets }) => {
    const shown = redactSecrets(text).text;
    for (const value of secrets) {
      expect(leftOf(value, shown), `left of ${shown}`).toBeUndefined();
    }
    expect(redactSecrets(shown).text).toBe(shown);
  });

  it.each(harmless)("leaves alone: $text", ({ text }) => {
    expect(redactSecrets(text)).toEqual({ text, findings: [] });
  });

  it("is hidden by a stream as by the whole, in pieces of any size", () => {
    const redactor = createRedactor();
    const all = rows.map(({ text }) => text).join("\n");
    for (const size of [1, 7, 64, 1000]) {
      const stream = redactor.open({ tool: "Bash", isUntrusted: false });
      let shown = "";
      for (let index = 0; index < all.length; index += size) shown += stream.push(all.slice(index, index + size));
      expect(shown + stream.end()).toBe(redactor.redact(all).text);
    }
  });
});
