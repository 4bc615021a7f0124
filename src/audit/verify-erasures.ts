import { parseRecord } from "./parse-record.ts";
import type { IndexedLog } from "./read-index.ts";
import { nameOf, type VerifiedLog } from "./verify-log.ts";
import { isLocked } from "./writer-lock.ts";

/**
 * Compares content that is gone with the records that say why: what nobody recorded was removed by somebody who should not,
 * and what was recorded and is still there was put back, or its erasure was cut short.
 */
export function findErasureProblems(
  verified: readonly VerifiedLog[],
  indexed: ReadonlyMap<string, IndexedLog>,
): readonly string[] {
  const [recorded, done] = [new Recorded(), new Recorded()];
  for (const { report, erasures } of verified) {
    // Whoever is at it has written down first what he erases.
    const isDone = erasures.length > 0 && !isLocked(report.file);
    for (const line of erasures) {
      const { file, sequences } = parseRecord(line)?.data ?? {};
      if (typeof file !== "string" || !Array.isArray(sequences)) continue;
      const numbers = sequences.filter((seq) => typeof seq === "number");
      recorded.add(file, numbers);
      if (isDone) done.add(file, numbers);
    }
  }
  return verified.flatMap(({ report: { file, ok, records }, erasedAt }) => {
    const name = nameOf(file);
    const erased = new Set(erasedAt);
    const unrecorded = erasedAt.find((seq) => !recorded.of(name).has(seq));
    // A log that retention deleted may have a successor of the same name, of which older records don't tell.
    const isSame = ok && indexed.get(name)?.isSuccessor !== true;
    const left = isSame ? [...done.of(name)].find((seq) => seq < records && !erased.has(seq)) : undefined;
    return [
      ...(unrecorded === undefined
        ? []
        : [`${file}: the content of record ${unrecorded} was erased and nothing says why`]),
      ...(left === undefined ? [] : [`${file}: the content of record ${left} was to be erased and is still there`]),
    ];
  });
}

/** Numbers of records by the name of their log. */
class Recorded {
  readonly #byFile = new Map<string, Set<number>>();

  add(file: string, numbers: readonly number[]): void {
    const known = this.#byFile.get(file) ?? new Set();
    for (const number of numbers) known.add(number);
    this.#byFile.set(file, known);
  }

  of(file: string): ReadonlySet<number> {
    return this.#byFile.get(file) ?? NONE;
  }
}

const NONE: ReadonlySet<number> = new Set();
