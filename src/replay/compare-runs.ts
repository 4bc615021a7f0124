import { canonicalJson, digestJson } from "../digest/index.ts";
import { unfenceToolOutput } from "../filters/index.ts";
import type { Result, StopReason } from "../spec/index.ts";
import type { RecordedCall, RecordedRun } from "./recording.ts";
import type { Divergence, DivergencePlace } from "./replay-report.ts";

/** A replayed run beside its record. */
export interface ReplayedRun {
  /** Counts from 1. */
  readonly number: number;
  readonly recorded: RecordedRun;
  /** As the replay's own journal tells it. */
  readonly replayed: RecordedRun;
  readonly result: Result;
  /** Whether decisions of the same effect are compared, too: their layers and rules. */
  readonly comparesRules: boolean;
}

/** Ends that came from outside of a run, or from limits that its record does not hold: no replay repeats them. */
const FROM_OUTSIDE: readonly (StopReason | undefined)[] = [
  undefined,
  "aborted",
  "timeout",
  "error",
  "paused",
  "budget_exhausted",
  "stalled",
];

/** Where a replayed run went another way than its record. */
export function compareRuns(pair: ReplayedRun): readonly Divergence[] {
  const { recorded, replayed, number } = pair;
  const found: Divergence[] = [];
  for (const [index, turn] of recorded.turns.entries()) {
    const other = replayed.turns[index];
    if (other === undefined) break;
    const place = { run: number, turn: index + 1 };
    const [before, now] = [turn.calls.map(describeCall), other.calls.map(describeCall)];
    if (canonicalJson(before) !== canonicalJson(now)) {
      return [...found, { ...place, type: "answer", recorded: before, replayed: now }];
    }
    for (const [at, call] of turn.calls.entries()) found.push(...compareCalls(call, other.calls[at], { place, pair }));
  }
  return [...found, ...compareEnds(pair)];
}

/** A call as people read it, arguments shortened. */
export function describeCall({ name, args }: RecordedCall): string {
  const text = JSON.stringify(args ?? null);
  return `${name} ${text.length > 200 ? `${text.slice(0, 200)}… (${digestJson(args ?? null).slice(0, 12)})` : text}`;
}

function compareCalls(
  recorded: RecordedCall,
  replayed: RecordedCall | undefined,
  { place, pair }: { readonly place: DivergencePlace; readonly pair: ReplayedRun },
): readonly Divergence[] {
  // What was cut short then, or is now, says nothing of the rules.
  const isCut = (call: RecordedCall): boolean => call.outcome === undefined || call.outcome === "cancelled";
  if (replayed === undefined || isCut(recorded) || isCut(replayed)) return [];
  const change = changeOf(recorded, replayed, pair);
  if (change !== undefined) return [{ ...place, type: "decision", change, recorded, replayed }];
  return readsSame(recorded, replayed) ? [] : [{ ...place, type: "result", recorded, replayed }];
}

function changeOf(
  recorded: RecordedCall,
  replayed: RecordedCall,
  { comparesRules }: ReplayedRun,
): (Divergence & { readonly type: "decision" })["change"] | undefined {
  const [wasDenied, isDenied] = [recorded.outcome === "denied", replayed.outcome === "denied"];
  if (comparesRules && replayed.wasAsked && !recorded.wasAsked && !isDenied) return "asked";
  if (!wasDenied && isDenied) return "blocked";
  if (wasDenied && !isDenied) return "allowed";
  if (!wasDenied || !comparesRules) return undefined;
  const isOther =
    recorded.decision?.layer !== replayed.decision?.layer || recorded.decision?.rule !== replayed.decision?.rule;
  return isOther ? "otherwise" : undefined;
}

function readsSame(recorded: RecordedCall, replayed: RecordedCall): boolean {
  // Denials are worded by whoever denied; that is compared above.
  if (recorded.outcome === "denied" && replayed.outcome === "denied") return true;
  // What could not be understood is answered with what there was instead, which a record does not hold.
  if (recorded.decision?.layer === "input" && replayed.decision?.layer === "input") return true;
  return textOf(recorded.content) === textOf(replayed.content);
}

function textOf(content: RecordedCall["content"]): string {
  if (typeof content === "string") return unfenceToolOutput(content);
  return JSON.stringify(content?.map((part) => (part.type === "text" ? unfenceToolOutput(part.text) : part)) ?? "");
}

function compareEnds({ number, recorded, replayed, result }: ReplayedRun): readonly Divergence[] {
  const turnsLeft = recorded.turns.length - replayed.turns.length;
  const { stopReason, error } = result;
  const isRepeated = FROM_OUTSIDE.includes(recorded.stopReason) || recorded.stopReason === stopReason;
  if (turnsLeft <= 0 && isRepeated) return [];
  const reason = error === undefined ? {} : { reason: error.message };
  return [{ type: "end", run: number, recorded: recorded.stopReason, replayed: stopReason, turnsLeft, ...reason }];
}
