import type { AgentEnd, AgentRun } from "../agent/index.ts";
import { describeError, HarnessError } from "../errors/index.ts";
import type { IgnoredSetting, SessionStartData } from "../spec/index.ts";
import type { Settings } from "./settings.ts";

/** Puts on record how a run is set up: which model, which rules and which version of each. */
export function recordStart(run: AgentRun, start: SessionStartData, settings: Settings): void {
  const { provider, model, source, permissionMode, isolation, tools } = start;
  run.audit.append({
    type: "session_start",
    ...run.scope,
    data: { provider, model, source, permissionMode, isolation, tools, ...describeRules(run, settings) },
    content: { cwd: run.cwd, files: start.files },
  });
}

function describeRules({ gate, prompt }: AgentRun, { config, configDigest }: Settings) {
  const { team } = config.audit;
  const { tenant } = config.budget;
  const { version } = gate.policy;
  return {
    configDigest,
    ...(version === undefined ? {} : { policyDigest: version }),
    ...(prompt === undefined ? {} : { promptName: prompt.name, promptVersion: prompt.version }),
    ...(team === undefined ? {} : { team }),
    ...(tenant === undefined ? {} : { tenant }),
  };
}

/** Puts on record what of an untrusted project did not count. */
export function recordIgnored({ audit, scope }: AgentRun, ignored: readonly IgnoredSetting[]): void {
  audit.append({ type: "settings_ignored", ...scope, data: { keys: ignored.map(({ key }) => key) } });
}

/** What a run came to; its cost is the sum of its model calls', which stand in their own records. */
export function summarise({ totals }: AgentRun, { stopReason }: AgentEnd) {
  return {
    stopReason,
    turns: totals.turns,
    toolCalls: totals.toolCalls,
    totalTokens: totals.tokens,
    totalCost: totals.cost ?? null,
  };
}

/** Puts on record how a run ended, and why it failed where it did. */
export function recordEnd(run: AgentRun, end: AgentEnd): void {
  const { error } = end;
  const code = HarnessError.isInstance(error) ? error.code : "unknown";
  if (error !== undefined) {
    const content = { message: describeError(error) };
    run.audit.append({ type: "error", ...run.scope, data: { code, where: "run" }, content });
  }
  const data = { ...summarise(run, end), ...(error === undefined ? {} : { errorCode: code }) };
  run.audit.append({ type: "session_end", ...run.scope, data });
}
