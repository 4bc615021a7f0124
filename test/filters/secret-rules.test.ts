import fc from "fast-check";
import { describe, expect, it } from "vitest";

import { redactSecrets } from "../../src/filters/index.ts";
import { createFinder } from "../../src/filters/find-secrets.ts";
import { GITLEAKS_RULES } from "../../src/filters/gitleaks-rules.generated.ts";
import { SECRET_RULES } from "../../src/filters/secret-rules.ts";

/** What a pattern of the table matches, without what looks around, which no generator of samples knows. */
function samplesOf(source: string): fc.Arbitrary<string> {
  const plain = source
    .replaceAll(/\(\?<?[!=](?:\[[^\]]*\]|\\.|[^()[\]\\])*\)/g, "")
    .replaceAll(String.raw`\b`, "")
    // Signs would be as frequent as all letters together.
    .replaceAll(String.raw`[\w=\-]`, String.raw`\w`)
    .replaceAll(/\{(\d+),10000\}/g, (_run, least: string) => `{${least},${Number(least) + 20}}`)
    .replaceAll("{0,200}", "{0,5}")
    .replaceAll("{1,200}", "{1,5}");
  return fc.noBias(fc.stringMatching(new RegExp(`^(?:${plain})$`)));
}

describe("the table of gitleaks", () => {
  it("holds its notice and more than two hundred rules", () => {
    expect(GITLEAKS_RULES.length).toBeGreaterThan(200);
    expect(new Set(GITLEAKS_RULES.map(({ kind }) => kind)).size).toBe(GITLEAKS_RULES.length);
  });

  it.each(GITLEAKS_RULES)("finds what the rule $kind describes", ({ kind, source, hints }) => {
    let tried = 0;
    let found = 0;
    fc.assert(
      fc.property(samplesOf(source), (sample) => {
        // A sample that chance made too simple, or that its own list of exceptions takes out, is no secret.
        tried += 1;
        if (redactSecrets(` ${hints[0] ?? ""}: ${sample} `).findings.length > 0) found += 1;
        return hints.length > 0;
      }),
      { numRuns: 30, seed: 7 },
    );
    expect(found / tried, kind).toBeGreaterThan(0.3);
  });
});

describe("every rule", () => {
  const hostile = (hint: string): readonly ((length: number) => string)[] => [
    (length) => hint.repeat(Math.ceil(length / hint.length)),
    (length) => hint + "a".repeat(length),
    (length) => hint + "aA1_-.".repeat(length / 6),
    (length) => `${hint} = "`.repeat(length / (hint.length + 4)),
    (length) => `${hint}${" ".repeat(length)}=`,
    (length) => `${hint}: ${"a:".repeat(length / 2)}`,
    (length) => `${hint}=${"0".repeat(length)}`,
    (length) => `-${hint} `.repeat(length / (hint.length + 2)),
  ];

  it("takes time in proportion to the text, however hostile", () => {
    const slow: string[] = [];
    for (const rule of SECRET_RULES) {
      const find = createFinder([rule]);
      for (const [number, make] of hostile(rule.hints[0] ?? "").entries()) {
        const short = fastest(find, make(8_000));
        const long = fastest(find, make(32_000));
        // Four times the text: four times the time, or sixteen times where a pattern is quadratic.
        if (long > 20 && long > 9 * short) slow.push(`${rule.kind}, text ${number}: ${short} ms, then ${long} ms`);
      }
    }
    expect(slow).toEqual([]);
  });
});

function fastest(find: (text: string) => unknown, text: string): number {
  let best = Number.POSITIVE_INFINITY;
  for (let attempt = 0; attempt < 2; attempt += 1) {
    const start = process.cpuUsage();
    find(text);
    const { user, system } = process.cpuUsage(start);
    best = Math.min(best, (user + system) / 1000);
    if (best < 5) break;
  }
  return best;
}
