import type { StopReason } from "../spec/index.ts";
import type { RecordedCall } from "./recording.ts";

/** What a replay found. */
export interface ReplayReport {
  readonly sessionId: string;
  /** Everything came as it is recorded. */
  readonly isSame: boolean;
  /** Who judged the calls: the record's own decisions, or the gate that was given. */
  readonly gate: "recorded" | "given";
  /** What was replayed. */
  readonly runs: number;
  readonly turns: number;
  readonly calls: number;
  /** In the order of the record. */
  readonly divergences: readonly Divergence[];
  /** Calls that ran then and are denied now. */
  readonly blocked: number;
  /** USD; `undefined` where a price is not known. */
  readonly recordedCost: number | undefined;
  readonly replayedCost: number | undefined;
  /** What a replay cannot show of this record, in words. */
  readonly notes: readonly string[];
}

/** Where a call stands: run and turn count from 1. */
export interface DivergencePlace {
  readonly run: number;
  readonly turn: number;
}

/** Where the replay went another way. */
export type Divergence =
  /**
   * Another decision about a call. `blocked`: it ran then and is denied now · `allowed`: the other way round · `asked`: a
   * person is needed now and was not then · `otherwise`: denied both times, by another rule.
   */
  | (DivergencePlace & {
      readonly type: "decision";
      readonly change: "blocked" | "allowed" | "asked" | "otherwise";
      readonly recorded: RecordedCall;
      readonly replayed: RecordedCall;
    })
  /** The model read something else, although the decision is the same. */
  | (DivergencePlace & { readonly type: "result"; readonly recorded: RecordedCall; readonly replayed: RecordedCall })
  /** Another model asked for other calls. What follows in the run cannot be compared any more. */
  | (DivergencePlace & {
      readonly type: "answer";
      readonly recorded: readonly string[];
      readonly replayed: readonly string[];
    })
  /** The run ended another way: for another reason, or with turns of the record left. */
  | {
      readonly type: "end";
      readonly run: number;
      readonly recorded: StopReason | undefined;
      readonly replayed: StopReason;
      readonly turnsLeft: number;
      readonly reason?: string;
    };
