import { hash } from "node:crypto";

import type { JsonObject, Tool, ToolCallPart, ToolCallResult } from "../spec/index.ts";

/** When an agent turns in a circle, and what happens then. */
export interface StallOptions {
  /** The same calls with the same results so often in a row, or a cycle of two to four turns gone through so often. */
  readonly repeats: number;
  /** Turns in which no call brought anything new: only failures, refusals, and what was read before. @default 3 × repeats */
  readonly noProgressTurns?: number;
  /** The run ends as "stalled", or a person is asked whether it may go on. @default "stop" */
  readonly action?: "stop" | "ask";
}

/** A sign that an agent turns in a circle. */
export interface StallSignal {
  readonly kind: "repeat" | "oscillation" | "no_progress";
  readonly reason: string;
  readonly repeats: number;
  /** First the model is told; if that does not help, the run ends or a person is asked. */
  readonly level: "nudge" | "end";
  /** USD of the turns that brought nothing; `undefined` when a price is not known. */
  readonly wasted: number | undefined;
}

/** Watches for an agent that turns in a circle. */
export interface StallWatch {
  /** Looks at a turn with calls. `cost`: USD of the run so far. */
  note(turn: WatchedTurn, cost: number | undefined): StallSignal | undefined;
  /** Forgets what was, such as after a person said that it may go on. */
  reset(): void;
}

/** What the watch looks at. */
export interface WatchedTurn {
  readonly calls: readonly ToolCallPart[];
  readonly results: readonly ToolCallResult[];
  readonly toolOf: (name: string) => Tool | undefined;
}

interface Past {
  readonly signature: string;
  readonly cost: number | undefined;
}

const LONGEST_CYCLE = 4;
/** Calls that are remembered as made before. */
const REMEMBERED = 5_000;

/** Makes a watch. It keeps digests, not contents. */
export function createStallWatch({ repeats, noProgressTurns = repeats * 3 }: StallOptions): StallWatch {
  let past: Past[] = [];
  let stale = 0;
  let staleSince: number | undefined;
  let nudged = new Set<string>();
  const seen = new Set<string>();

  const level = (kind: string, count: number, limit: number): StallSignal["level"] | undefined => {
    if (count >= limit) return "end";
    if (count < Math.max(2, limit - 1) || nudged.has(kind)) return undefined;
    nudged.add(kind);
    return "nudge";
  };
  const wastedSince = (before: number | undefined): number | undefined => {
    const now = past.at(-1)?.cost;
    return now === undefined || before === undefined ? undefined : Math.max(0, now - before);
  };
  return {
    note(turn, cost) {
      const signatures = turn.calls.map((call, index) => sign(call, turn.results[index], turn.toolOf));
      const costBefore = past.at(-1)?.cost ?? 0;
      past = [...past, { signature: digest(signatures.join("")), cost }].slice(-LONGEST_CYCLE * (repeats + 1));
      const isNew = signatures.some(
        (signature, index) => !seen.has(signature) && turn.results[index]?.isError === false,
      );
      for (const signature of signatures) remember(seen, signature);
      stale = isNew ? 0 : stale + 1;
      if (stale === 1) staleSince = costBefore;
      const cycle = findCycle(past);
      if (cycle.count < 2 && isNew) nudged = new Set();
      const kind = cycle.length === 1 ? "repeat" : "oscillation";
      const cycleLevel = cycle.count < 2 ? undefined : level(kind, cycle.count, repeats);
      if (cycleLevel !== undefined) {
        const first = past.at(-1 - cycle.length * (cycle.count - 1));
        const reason =
          kind === "repeat"
            ? `The agent made the same calls with the same results ${cycle.count} times in a row`
            : `The agent went through the same ${cycle.length} turns ${cycle.count} times in a row`;
        return { kind, reason, repeats: cycle.count, level: cycleLevel, wasted: wastedSince(first?.cost) };
      }
      const staleLevel = level("no_progress", stale, noProgressTurns);
      if (staleLevel === undefined) return undefined;
      const reason = `In the last ${stale} turns no call brought anything new`;
      return { kind: "no_progress", reason, repeats: stale, level: staleLevel, wasted: wastedSince(staleSince) };
    },
    reset() {
      past = [];
      stale = 0;
      nudged = new Set();
      seen.clear();
    },
  };
}

/** What a call and its result are, as far as repeating goes: the tool may say what makes two calls the same. */
function sign(call: ToolCallPart, result: ToolCallResult | undefined, toolOf: WatchedTurn["toolOf"]): string {
  const { name, args, invalidArgs } = call;
  const isObject = typeof args === "object" && args !== null && !Array.isArray(args);
  // `isObject` rules arrays and scalars out; readonly arrays escape the narrowing.
  const identity = isObject ? identify(toolOf(name), args as JsonObject) : (args ?? invalidArgs ?? null);
  return digest(JSON.stringify([name, identity, result?.content ?? null]));
}

/** A tool is anybody's code: one that fails to say what it is about is taken at its arguments. */
function identify(tool: Tool | undefined, args: JsonObject): unknown {
  try {
    return tool?.identify?.(args) ?? args;
  } catch {
    return args;
  }
}

function digest(text: string): string {
  return hash("sha256", text, "base64");
}

function remember(seen: Set<string>, signature: string): void {
  seen.add(signature);
  const [oldest] = seen;
  if (seen.size > REMEMBERED && oldest !== undefined) seen.delete(oldest);
}

/** The shortest cycle that the last turns went through, and how often in a row. */
function findCycle(past: readonly Past[]): { readonly length: number; readonly count: number } {
  let best = { length: 1, count: 1 };
  for (let length = 1; length <= LONGEST_CYCLE; length += 1) {
    let same = 0;
    for (let at = past.length - 1; at - length >= 0; at -= 1) {
      if (past[at]?.signature !== past[at - length]?.signature) break;
      same += 1;
    }
    const count = Math.floor(same / length) + 1;
    if (count > best.count) best = { length, count };
  }
  return best;
}
