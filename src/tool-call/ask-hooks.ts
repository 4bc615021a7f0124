import { raceSignal } from "../async/index.ts";
import { describeError } from "../errors/index.ts";
import type { HookOutcome, JsonObject, Tool, ToolCall } from "../spec/index.ts";
import { isJsonObject } from "./freeze-json.ts";
import { hookScopeOf } from "./hook-scope.ts";
import type { ToolCallRun } from "./tool-call-run.ts";

/** What the hooks of a call say before it is judged. A throw, an answer in an unknown form and an abort are denials. */
export async function askHooks(
  call: ToolCall,
  { tool, args }: { readonly tool: Tool; readonly args: JsonObject },
  run: ToolCallRun,
  signal: AbortSignal,
): Promise<HookOutcome> {
  const payload = { ...hookScopeOf(run), toolUseId: call.id, name: tool.name, args };
  try {
    const outcome: unknown = await raceSignal(run.hooks.run("beforeToolCall", payload, { signal }), signal);
    return isOutcome(outcome) ? outcome : denial("The hooks answered in an unknown form");
  } catch (error) {
    return denial(`A hook failed: ${describeError(error)}`);
  }
}

/** The port may be anybody's code, and a gate must not pass what it cannot read. */
function isOutcome(value: unknown): value is HookOutcome {
  if (typeof value !== "object" || value === null) return false;
  const { verdict, args, guidance, failures } = value as Partial<Record<keyof HookOutcome, unknown>>;
  return (
    (verdict === "proceed" || verdict === "ask" || verdict === "deny") &&
    (args === undefined || isJsonObject(args)) &&
    isTexts(guidance) &&
    isTexts(failures)
  );
}

function isTexts(value: unknown): boolean {
  return Array.isArray(value) && value.every((item) => typeof item === "string");
}

function denial(reason: string): HookOutcome {
  return { verdict: "deny", reason, guidance: [], failures: [] };
}
