import { digestJson } from "../digest/index.ts";
import type { JsonValue, Tool } from "../spec/index.ts";
import type { RecordedCall, RecordedRun, RecordedTurn } from "./recording.ts";

/** Finds the call of the record that a replayed one repeats: the same tool with the same arguments. */
export interface CallRecord {
  /** The turn of the record that is replayed now: its calls are the ones that are looked at first. */
  enter(turn: RecordedTurn | undefined): void;
  find(call: ReplayedCall): RecordedCall | undefined;
  /** The same, for its result: each is given once. */
  take(call: ReplayedCall): RecordedCall | undefined;
}

/** A call of the replay, with its arguments as the schema of its tool reads them. */
export interface ReplayedCall {
  readonly toolUseId: string;
  readonly name: string;
  readonly input: unknown;
}

/** Opens the calls of a run. Arguments are compared as the tool's schema reads them, defaults filled in. */
export async function openCallRecord({ turns }: RecordedRun, tools: readonly Tool[]): Promise<CallRecord> {
  const byArguments = new Map<string, RecordedCall[]>();
  const keys = new Map<RecordedCall, string>();
  const schemas = new Map(tools.map(({ name, input }) => [name, input]));
  for (const call of turns.flatMap(({ calls }) => calls)) {
    const parsed = await schemas.get(call.name)?.["~standard"].validate(call.args);
    const input: unknown = parsed === undefined || parsed.issues !== undefined ? call.args : parsed.value;
    const key = keyOf(call.name, input);
    keys.set(call, key);
    byArguments.set(key, [...(byArguments.get(key) ?? []), call]);
  }
  const used = new Set<RecordedCall>();
  let current: readonly RecordedCall[] = [];
  const find = ({ toolUseId, name, input }: ReplayedCall): RecordedCall | undefined => {
    const key = keyOf(name, input);
    const here = current.filter((call) => call.toolUseId === toolUseId);
    // Another model gives other ids, and may ask earlier or later for the same.
    const candidates = [...here, ...(byArguments.get(key) ?? [])];
    return candidates.find((call) => !used.has(call) && keys.get(call) === key);
  };
  return {
    enter: (turn) => {
      current = turn?.calls ?? [];
    },
    find,
    take(call) {
      const found = find(call);
      if (found !== undefined) used.add(found);
      return found;
    },
  };
}

function keyOf(name: string, input: unknown): string {
  try {
    // What a schema made may be anything; what is no JSON is compared by the tool alone.
    return `${name} ${digestJson(input as JsonValue)}`;
  } catch {
    return name;
  }
}
