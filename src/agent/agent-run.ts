import type { StandardSchemaV1 } from "@standard-schema/spec";

import type {
  JsonSchema,
  Journal,
  Model,
  ModelInfo,
  ModelName,
  PromptVersion,
  Reasoning,
  ToolSpec,
} from "../spec/index.ts";
import type { ToolCallRun } from "../tool-call/index.ts";
import type { CompactionRequests } from "./compaction-requests.ts";
import type { Emitter } from "./emitter.ts";
import type { History } from "./history.ts";
import type { RoomSettings } from "./room-settings.ts";
import type { StallOptions } from "./stall.ts";
import type { Steering } from "./steering.ts";
import type { StopSource } from "./stop.ts";
import type { CostOf, Totals } from "./totals.ts";

/** Everything that one run of an agent needs, tool calls included. */
export interface AgentRun extends ToolCallRun {
  readonly model: Model;
  /** What is known of the model: limits and prices. */
  readonly modelInfo: (model: ModelName) => ModelInfo | undefined;
  /** USD; `undefined` when the price is not known. */
  readonly costOf: CostOf;
  /** Models without a price that the reader was told of. */
  readonly unpriced: Set<string>;
  /** Unlike the session's id, new for every run: names its model calls in a ledger. */
  readonly runId: string;
  readonly system: string | undefined;
  /** The template that `system` was made from. */
  readonly prompt: PromptVersion | undefined;
  /** The tools as the model sees them now: `ToolSearch` may add some. Always the same object for the same tool. */
  readonly toolSpecs: () => readonly ToolSpec[];
  readonly maxTurns: number;
  readonly maxOutputTokens: number;
  readonly reasoning: Reasoning | undefined;
  readonly output: OutputSpec | undefined;
  /** Milliseconds that one turn may take. */
  readonly turnMs: number | undefined;
  readonly maxParallelCalls: number;
  /** When the agent turns in a circle; `undefined` = not watched. */
  readonly stall: StallOptions | undefined;
  readonly emitter: Emitter;
  /** What happened, as it is kept: history and open calls are read from it. */
  readonly journal: Journal;
  readonly history: History;
  /** When the history is made shorter by itself; `undefined` = never, also not when a provider refuses it. */
  readonly room: RoomSettings | undefined;
  readonly compactions: CompactionRequests;
  readonly steering: Steering;
  readonly stop: StopSource;
  readonly totals: Totals;
  /** Takes secrets out of what a provider says when it fails, before a reader sees it. */
  readonly redact: (text: string) => string;
}

/** The structured output that a run must end with. */
export interface OutputSpec {
  readonly schema: StandardSchemaV1;
  readonly jsonSchema: JsonSchema;
}
