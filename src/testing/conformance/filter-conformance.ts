import assert from "node:assert/strict";

import type { FilteredText, FilterSource, ResultFilter } from "../../spec/index.ts";
import type { ConformanceCase } from "./conformance-case.ts";

/** A text for a filter, and what must not be seen of it afterwards. */
export interface FilterSample {
  readonly text: string;
  /** Parts of the text that the filter takes out. */
  readonly hidden?: readonly string[];
}

/** What a filter of results promises: whole, in pieces and with what it tells of its findings. */
export function filterConformance(filter: ResultFilter, samples: readonly FilterSample[]): readonly ConformanceCase[] {
  const all = [...samples, ...ODD_TEXTS.map((text): FilterSample => ({ text }))];
  const cases: ConformanceCase[] = [
    {
      name: "apply() never throws and counts what it found",
      run: async () =>
        SOURCES.forEach((source) => all.forEach(({ text }) => checkFindings(filter.apply(text, source)))),
    },
    {
      name: "apply() hides what is hidden, also in its findings",
      run: async () =>
        SOURCES.forEach((source) => all.forEach((sample) => checkHidden(filter.apply(sample.text, source), sample))),
    },
  ];
  if (filter.open === undefined) return cases;
  return [
    ...cases,
    {
      name: "open() gives in pieces what apply() gives of the whole, however it is cut",
      run: async () => SOURCES.forEach((source) => all.forEach(({ text }) => checkPieces(filter, text, source))),
    },
    {
      name: "open() keeps streams apart",
      run: async () => SOURCES.forEach((source) => checkStreams(filter, samples, source)),
    },
  ];
}

const SOURCES: readonly FilterSource[] = [
  { tool: "Bash", isUntrusted: false },
  { tool: "WebFetch", isUntrusted: true },
];

const ODD_TEXTS: readonly string[] = [
  "",
  "\n",
  "plain text\nof two lines",
  "\0\u0007\u001B[31m",
  "\uD83D alone, \uDE00 alone, 😀 together",
  "\u202E\u200B\uFEFF",
  "(((((((((".repeat(50),
  "a".repeat(20_000),
  "key=".repeat(2000),
];

function checkFindings({ findings }: FilteredText): void {
  for (const { filter, kind, count } of findings) {
    assert(filter !== "" && kind !== "", "a finding names its filter and its kind");
    assert(Number.isSafeInteger(count) && count > 0, `a finding counts from 1 on, got ${count}`);
  }
}

function checkHidden({ text, findings }: FilteredText, { hidden = [] }: FilterSample): void {
  for (const secret of hidden) {
    assert(!text.includes(secret), "the text still holds what is to be hidden");
    assert(!JSON.stringify(findings).includes(secret), "a finding holds what is to be hidden");
  }
  assert(hidden.length === 0 || findings.length > 0, "what was hidden is not among the findings");
}

function checkPieces(filter: ResultFilter, text: string, source: FilterSource): void {
  const whole = filter.apply(text, source).text;
  for (const size of [1, 2, 3, 7, 64, 1000, text.length + 1]) {
    if (text.length / size > 2000) continue;
    const pieces = Array.from({ length: Math.ceil(text.length / size) }, (_, index) =>
      text.slice(index * size, (index + 1) * size),
    );
    assert.equal(
      filterPieces(filter, pieces, source),
      whole,
      `pieces of ${size} characters come out otherwise than the whole`,
    );
  }
  for (let border = 1; border < Math.min(text.length, 500); border += 1) {
    const pieces = [text.slice(0, border), text.slice(border)];
    assert.equal(
      filterPieces(filter, pieces, source),
      whole,
      `cut after ${border} characters it comes out otherwise than the whole`,
    );
  }
}

function filterPieces(filter: ResultFilter, pieces: readonly string[], source: FilterSource): string {
  const stream = filter.open?.(source);
  assert(stream !== undefined, "open() gave no stream");
  return pieces.map((piece) => stream.push(piece)).join("") + stream.end();
}

function checkStreams(filter: ResultFilter, samples: readonly FilterSample[], source: FilterSource): void {
  const texts = samples.map(({ text }) => text);
  const streams = texts.map((text) => ({ text, stream: filter.open?.(source), output: "" }));
  for (let index = 0; index < Math.max(0, ...texts.map((text) => text.length)); index += 1) {
    for (const one of streams) one.output += one.stream?.push(one.text.slice(index, index + 1)) ?? "";
  }
  for (const { text, stream, output } of streams) {
    assert.equal(output + (stream?.end() ?? ""), filter.apply(text, source).text, "another stream's text got in");
  }
}
