import type { AgentRun, RoomSettings } from "../agent/index.ts";
import type { ContextConfig } from "../config/index.ts";
import { toJsonSchema } from "../schema/index.ts";
import { definedOf } from "./defined-of.ts";
import type { RunOptions, Timeouts } from "./run-options.ts";
import type { Settings } from "./settings.ts";

/** How long, how much and in which form a run may answer. */
export type RunLimits = Pick<
  AgentRun,
  "maxTurns" | "maxOutputTokens" | "reasoning" | "output" | "turnMs" | "maxParallelCalls" | "stall" | "room" | "limits"
>;

/** The limits that options ask for, and the configuration where they say nothing. */
export function openLimits({ config }: Settings, options: RunOptions): RunLimits {
  const timeouts: Timeouts = { ...config.timeouts, ...definedOf(options.timeouts ?? {}) };
  return {
    maxTurns: options.maxTurns ?? config.run.maxTurns ?? 100,
    maxOutputTokens: options.maxOutputTokens ?? config.run.maxOutputTokens ?? 16_384,
    reasoning: options.reasoning,
    output:
      options.outputSchema === undefined
        ? undefined
        : { schema: options.outputSchema, jsonSchema: toJsonSchema(options.outputSchema) },
    turnMs: timeouts.turnMs,
    maxParallelCalls: 10,
    stall: options.stall,
    room: openRoom(config.context, options),
    limits: {
      toolMs: timeouts.toolMs ?? 600_000,
      checkMs: 10_000,
      approvalMs: timeouts.approvalMs,
      closeMs: timeouts.closeMs,
      maxOutputBytes: 256 * 1024,
    },
  };
}

function openRoom(configured: ContextConfig, { compaction }: RunOptions): RoomSettings | undefined {
  const { compaction: isOn = true, ...shares } = configured;
  if (compaction === false || (compaction === undefined && !isOn)) return undefined;
  return { threshold: 0.8, keep: 0.25, ...definedOf(shares), ...definedOf(compaction ?? {}) };
}
