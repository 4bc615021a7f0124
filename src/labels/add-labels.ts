import type { ContextLabels, LabelSource } from "../spec/index.ts";

/** How many sources are kept for people to read; one that makes a new label is always kept. */
const MAX_SOURCES = 200;

/** A context into which nothing came. */
export const NO_LABELS: ContextLabels = Object.freeze({
  isTainted: false,
  hasPrivateData: false,
  dataLabels: [],
  sources: [],
});

/** Labels and what was new among the sources added to them. */
export interface AddedLabels {
  readonly labels: ContextLabels;
  readonly added: readonly LabelSource[];
}

/**
 * The labels with these sources added. Nothing is ever taken away: what a model has read it may act on ever after.
 * A source that stands there already (same kind, tool, origin and data) is not added again.
 */
export function addLabels(labels: ContextLabels, sources: readonly LabelSource[]): AddedLabels {
  const known = new Set(labels.sources.map(keyOf));
  const dataLabels = new Set(labels.dataLabels);
  let { isTainted, hasPrivateData } = labels;
  const added: LabelSource[] = [];
  for (const source of sources) {
    const key = keyOf(source);
    if (known.has(key)) continue;
    known.add(key);
    const isNews =
      !(source.kind === "untrusted" ? isTainted : hasPrivateData) ||
      source.dataLabels?.some((label) => !dataLabels.has(label)) === true;
    if (!isNews && labels.sources.length + added.length >= MAX_SOURCES) continue;
    if (source.kind === "untrusted") isTainted = true;
    else hasPrivateData = true;
    for (const label of source.dataLabels ?? []) dataLabels.add(label);
    added.push(Object.freeze({ ...source }));
  }
  if (added.length === 0) return { labels, added };
  const grown = { isTainted, hasPrivateData, dataLabels: [...dataLabels].toSorted() };
  return { labels: Object.freeze({ ...grown, sources: [...labels.sources, ...added] }), added };
}

function keyOf({ kind, tool, origin = "", agent, dataLabels = [] }: LabelSource): string {
  return JSON.stringify([kind, tool, origin, agent, dataLabels]);
}
