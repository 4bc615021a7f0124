import type { ModelStreamPart } from "../spec/index.ts";
import type { AgentRun } from "./agent-run.ts";
import type { ChargedCall } from "./call-account.ts";

/** Puts one model call on record: what it was charged, whether it was answered or broke off. */
export function recordCall(run: AgentRun, turn: number, call: ChargedCall): void {
  const { model, usage, cost, finish, reserved, isEstimated } = call;
  const { fingerprint, responseId } = finish ?? {};
  run.audit.append({
    type: "model_call",
    ...run.scope,
    ...(cost === undefined ? {} : { cost }),
    data: {
      turn,
      provider: model.provider,
      model: model.id,
      outcome: finish === undefined ? "failed" : "completed",
      usage: usage ?? null,
      messages: run.history.messages.length,
      ...(finish === undefined ? {} : { finishReason: finish.reason }),
      ...(reserved === undefined ? {} : { reserved }),
      ...(isEstimated ? { isEstimated } : {}),
      ...(fingerprint === undefined ? {} : { fingerprint }),
      ...(responseId === undefined ? {} : { responseId }),
      ...(run.prompt === undefined ? {} : { promptVersion: run.prompt.version }),
    },
  });
  run.guards?.noteModelCall(run.scope.agent, { cost, isFailed: finish === undefined });
}

/** Puts the choices of a router and the tries of a call on record. */
export function recordChoice(run: AgentRun, part: ModelStreamPart): void {
  switch (part.type) {
    case "model-select": {
      const { provider, id, reason, strategy } = part;
      const why = reason === undefined ? {} : { reason };
      const data = { provider, model: id, ...why, ...(strategy === undefined ? {} : { strategy }) };
      return run.audit.append({ type: "model_selected", ...run.scope, data });
    }
    case "model-retry": {
      const { attempt, delayMs, error } = part;
      return run.audit.append({ type: "model_retry", ...run.scope, data: { attempt, delayMs }, content: { error } });
    }
    case "model-fallback": {
      const { from, to, error } = part;
      return run.audit.append({ type: "model_fallback", ...run.scope, data: { from, to }, content: { error } });
    }
    case "model-hedge": {
      const { provider, id } = part;
      const data = { provider, model: id, reason: `asked beside the first after ${part.afterMs} ms` };
      return run.audit.append({ type: "model_selected", ...run.scope, data });
    }
    default:
      return;
  }
}
