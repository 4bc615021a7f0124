import fc from "fast-check";
import { describe, expect, it } from "vitest";

import { addLabels, NO_LABELS } from "../../src/labels/index.ts";
import type { LabelSource } from "../../src/spec/index.ts";

const source = fc.record(
  {
    kind: fc.constantFrom("untrusted" as const, "private" as const),
    tool: fc.constantFrom("WebFetch", "Read", "prompt"),
    agent: fc.constantFrom("main", "explore"),
    origin: fc.string({ maxLength: 3 }),
    dataLabels: fc.array(fc.constantFrom("pii", "finance", "customer"), { maxLength: 2 }),
  },
  { requiredKeys: ["kind", "tool", "agent"] },
) as fc.Arbitrary<LabelSource>;

describe("addLabels()", () => {
  it("never takes a label away, and holds whatever came in, in any order", () => {
    fc.assert(
      fc.property(fc.array(fc.array(source, { maxLength: 4 }), { maxLength: 60 }), (batches) => {
        let labels = NO_LABELS;
        for (const batch of batches) {
          const { labels: grown } = addLabels(labels, batch);
          expect(grown.isTainted || !labels.isTainted).toBe(true);
          expect(grown.hasPrivateData || !labels.hasPrivateData).toBe(true);
          expect(grown.dataLabels).toEqual(expect.arrayContaining([...labels.dataLabels]));
          labels = grown;
        }
        const all = batches.flat();
        expect(labels.isTainted).toBe(all.some(({ kind }) => kind === "untrusted"));
        expect(labels.hasPrivateData).toBe(all.some(({ kind }) => kind === "private"));
        expect(labels.dataLabels).toEqual([...new Set(all.flatMap(({ dataLabels = [] }) => dataLabels))].toSorted());
        // What is kept says the same again: a resumed session folds over it.
        const { sources: _kept, ...resumed } = addLabels(NO_LABELS, labels.sources).labels;
        const { sources: _sources, ...first } = labels;
        expect(resumed).toEqual(first);
      }),
    );
  });

  it("keeps a source once, and no more than a few hundred, but always one that makes a new label", () => {
    const one: LabelSource = { kind: "untrusted", tool: "WebFetch", agent: "main", origin: "https://a" };
    const { labels, added } = addLabels(NO_LABELS, [one, one]);
    expect(added).toHaveLength(1);
    expect(addLabels(labels, [one])).toMatchObject({ added: [], labels });

    const many = Array.from({ length: 1000 }, (_, index) => ({ ...one, origin: String(index) }));
    const full = addLabels(labels, many).labels;
    expect(full.sources).toHaveLength(200);
    const late = addLabels(full, [{ kind: "private", tool: "Read", agent: "main" }]).labels;
    expect(late).toMatchObject({ isTainted: true, hasPrivateData: true });
    expect(late.sources.at(-1)).toMatchObject({ kind: "private" });
  });
});
