import { suggestName } from "../errors/index.ts";
import type { Decision, HookOutcome, Tool, ToolCall } from "../spec/index.ts";
import { askHooks } from "./ask-hooks.ts";
import { isJsonObject } from "./freeze-json.ts";
import type { Guidance } from "./guidance.ts";
import { parseArgs, type ParsedArgs } from "./parse-args.ts";
import { cancel, deny, NOT_BEGUN, reject, type Ended, type Prepared } from "./steps.ts";
import type { CallWatch } from "./tool-call-event.ts";
import type { ToolCallRun } from "./tool-call-run.ts";

/**
 * Step 1: finds the tool, parses the arguments, lets hooks rewrite them, parses again and freezes them. Hooks come
 * before the checks, so that nothing changes after it was judged.
 */
export function prepareCall(
  call: ToolCall,
  run: ToolCallRun,
  watch: CallWatch,
): Prepared | Ended | Promise<Prepared | Ended> {
  if (watch.signal.aborted) return cancel(NOT_BEGUN);
  const tool = run.tools.get(call.name);
  if (tool === undefined) return reject(unknownTool(call.name, run.tools.names()));
  if (call.invalidArgs !== undefined || !isJsonObject(call.args)) return reject(invalidArgs(call));

  const parsed = parseArgs(tool, call.args);
  if (parsed instanceof Promise) return parsed.then((later) => passHooks(call, { tool, parsed: later }, run, watch));
  return passHooks(call, { tool, parsed }, run, watch);
}

interface Parsed {
  readonly tool: Tool;
  readonly parsed: ParsedArgs;
}

function passHooks(
  call: ToolCall,
  { tool, parsed }: Parsed,
  run: ToolCallRun,
  watch: CallWatch,
): Prepared | Ended | Promise<Prepared | Ended> {
  if (!parsed.isValid) return reject(`Invalid arguments for ${tool.name}: ${parsed.problem}`);
  return run.hooks.has("beforeToolCall")
    ? rewriteCall(call, { tool, parsed }, run, watch)
    : prepared(call, tool, parsed);
}

async function rewriteCall(
  call: ToolCall,
  { tool, parsed }: { readonly tool: Tool; readonly parsed: ValidArgs },
  run: ToolCallRun,
  { signal, tell }: CallWatch,
): Promise<Prepared | Ended> {
  const hooked = await askHooks(call, { tool, args: parsed.args }, run, signal);
  if (signal.aborted) return cancel(NOT_BEGUN);
  const guidance = hooked.guidance.map((text): Guidance => ({ from: "hook", text }));
  if (hooked.verdict === "deny") return deny({ layer: "hook", reason: reasonOf(hooked) }, guidance);
  for (const failure of hooked.failures) tell({ type: "hook", event: "beforeToolCall", reason: failure });
  const ask: Decision | undefined =
    hooked.verdict === "ask" ? { effect: "ask", layer: "hook", reason: reasonOf(hooked) } : undefined;
  if (hooked.args === undefined) return { ...prepared(call, tool, parsed), ask, guidance };

  const again = await parseArgs(tool, hooked.args);
  if (!again.isValid) {
    return deny({ layer: "hook", reason: `A hook gave ${tool.name} invalid arguments: ${again.problem}` });
  }
  return { ...prepared(call, tool, again), ask, guidance };
}

type ValidArgs = ParsedArgs & { readonly isValid: true };

function prepared(call: ToolCall, tool: Tool, parsed: ValidArgs): Prepared {
  const ids = call.callId === undefined ? { id: call.id } : { id: call.id, callId: call.callId };
  const frozen = Object.freeze({ ...ids, tool, args: parsed.args, input: parsed.input });
  return { type: "prepared", call: frozen, ask: undefined, guidance: [] };
}

function reasonOf(outcome: HookOutcome): string {
  return outcome.reason ?? "A hook said so without a reason";
}

function unknownTool(name: string, names: readonly string[]): string {
  return `There is no tool named "${name}".${suggestName(name, names)} Available tools: ${names.join(", ")}`;
}

function invalidArgs(call: ToolCall): string {
  const shown = call.invalidArgs === undefined ? "" : `: ${call.invalidArgs.slice(0, 200)}`;
  return `The arguments of ${call.name} are not a JSON object of whole characters, so the call was not executed${shown}`;
}
