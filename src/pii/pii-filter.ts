import type { FilterFinding, FilterStream, ResultFilter } from "../spec/index.ts";
import { redactPii, replaceFindings, type RedactPiiOptions } from "./redact-pii.ts";
import { scanPii, type PiiFinding, type PiiKind } from "./scan-pii.ts";

/** Personal data alone: the redactor of secrets takes care of the rest. */
const PERSONAL: readonly PiiKind[] = ["email", "phone_us", "phone", "ssn", "credit_card", "iban"];

/** A line without an end is let go up to `HOLD` characters before its end once it has so many. */
const LONGEST_LINE = 8192;
/** Longer than personal data and the words before it. */
const HOLD = 512;
/** What was let go and may still tell what follows. */
const CONTEXT = 64;

/**
 * Makes a filter that takes personal data out of results before a model or a reader sees them; streams, too. With
 * "block" a text that holds any is withheld, and streamed output is not shown before it is whole. Throws a `TypeError`
 * for an unknown kind, and for "hash" without a key.
 */
export function createPiiFilter(given: RedactPiiOptions = {}): ResultFilter {
  const options: RedactPiiOptions = { kinds: PERSONAL, ...given };
  redactPii("", options);
  const filter: ResultFilter = {
    name: "pii",
    apply(text) {
      const { text: filtered, findings } = redactPii(text, options);
      return { text: filtered, findings: countFindings(findings) };
    },
  };
  return options.action === "block" ? filter : { ...filter, open: () => openStream(options) };
}

/** Lets whole lines go, since no personal data goes over a line's end. */
function openStream(options: RedactPiiOptions): FilterStream {
  let context = "";
  let pending = "";

  const release = (end: number): string => {
    if (end === 0) return "";
    const text = pending.slice(0, end);
    const filtered = filterBehind(context, text, options);
    context = text.endsWith("\n") ? "" : (context + text).slice(-CONTEXT);
    pending = pending.slice(end);
    return filtered;
  };

  return {
    push(chunk) {
      pending += chunk;
      return release(findBorder(context, pending, options));
    },
    end: () => release(pending.length),
  };
}

/** Filters a text as what it is: the continuation of another one. */
function filterBehind(context: string, text: string, options: RedactPiiOptions): string {
  const { length } = context;
  const findings = scanPii(context + text, options)
    .filter(({ end }) => end > length)
    .map(({ kind, start, end }) => ({ kind, start: Math.max(0, start - length), end: end - length }));
  return replaceFindings(text, findings, options);
}

function findBorder(context: string, pending: string, options: RedactPiiOptions): number {
  const lineStart = pending.lastIndexOf("\n") + 1;
  if (pending.length - lineStart <= LONGEST_LINE) return lineStart;
  const border = pending.length - HOLD;
  const crossing = scanPii(context + pending, options).find(
    ({ start, end }) => start - context.length < border && end - context.length > border,
  );
  return crossing === undefined ? border : Math.max(0, crossing.start - context.length);
}

function countFindings(findings: readonly PiiFinding[]): readonly FilterFinding[] {
  const counts = new Map<string, number>();
  for (const { kind } of findings) counts.set(kind, (counts.get(kind) ?? 0) + 1);
  return [...counts].map(([kind, count]) => ({ filter: "pii", kind, count }));
}
