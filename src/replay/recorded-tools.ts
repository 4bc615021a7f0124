import { HarnessError } from "../errors/index.ts";
import { unfenceToolOutput } from "../filters/index.ts";
import type { ContentPart, ErrorCode, Tool, ToolOutput } from "../spec/index.ts";
import { createBuiltinTools, createRunCodeTool } from "../tools/index.ts";
import type { CallRecord } from "./call-record.ts";
import type { RecordedCall, RecordedRun } from "./recording.ts";

/**
 * The tools of a run: schema, effect and risk are those of the real ones, so that the gate judges the same calls. A tool
 * that is neither built in nor given is judged as one that executes and comes from outside.
 */
export function toolsOf(run: RecordedRun, own: readonly Tool[]): readonly Tool[] {
  const known = new Map<string, Tool>();
  for (const tool of [...createBuiltinTools(), createRunCodeTool(), ...own]) known.set(tool.name, tool);
  const names = new Set(run.turns.flatMap(({ calls }) => calls.map(({ name }) => name)));
  return [...names].flatMap((name) => known.get(name) ?? (wasThere(name, run) ? [strangerTool(name)] : []));
}

/** The same tools without their effects: each gives what the record says that it gave. */
export function replayTools(tools: readonly Tool[], record: CallRecord): readonly Tool[] {
  return tools.map((tool): Tool => ({ ...tool, isDeferred: false, execute: replayed(tool.name, record) }));
}

/** Names that the model made up had no tool then, and have none now. */
function wasThere(name: string, { turns }: RecordedRun): boolean {
  const calls = turns.flatMap((turn) => turn.calls.filter((call) => call.name === name));
  return calls.some(({ argsDigest, outcome, decision }) => {
    if (argsDigest !== undefined || outcome === "completed") return true;
    return decision !== undefined && decision.layer !== "input";
  });
}

function strangerTool(name: string): Tool {
  return {
    name,
    description: "A tool that is known from the record only",
    input: { "~standard": { version: 1, vendor: "harness-agent", validate: (value) => ({ value }) } },
    inputSchema: { type: "object" },
    effect: name === "Task" ? "agent" : "execute",
    durability: "atMostOnce",
    cancel: "immediate",
    execute: () => undefined,
  };
}

/** Denials that came from inside a tool, by the layer that gave them. */
const REFUSALS: ReadonlyMap<string, ErrorCode> = new Map([
  ["files", "path_outside"],
  ["network", "network_denied"],
  ["sandbox", "command_blocked"],
]);

function replayed(name: string, record: CallRecord): Tool["execute"] {
  return (input, { toolUseId }): ToolOutput => {
    const call = record.take({ toolUseId, name, input });
    if (call?.content === undefined) {
      throw new HarnessError(`The record has no result of ${name} with these arguments`, { code: "tool_failed" });
    }
    const refusal = call.outcome === "denied" ? REFUSALS.get(call.decision?.layer ?? "") : undefined;
    if (refusal !== undefined) throw new HarnessError(call.decision?.reason ?? "", { code: refusal });
    return { content: withoutFence(call.content), isError: call.isError };
  };
}

/** The fence of the replay goes around it again, with a boundary of its own. */
function withoutFence(content: NonNullable<RecordedCall["content"]>): string | readonly ContentPart[] {
  if (typeof content === "string") return unfenceToolOutput(content);
  return content.map((part) => (part.type === "text" ? { ...part, text: unfenceToolOutput(part.text) } : part));
}
