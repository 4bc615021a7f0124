import { describeError } from "../errors/index.ts";
import { faultpoint } from "../faults/index.ts";
import type { ChargedData, ModelFinish, ModelName } from "../spec/index.ts";
import type { AgentRun } from "./agent-run.ts";

/** What the journal keeps of one answer of the model. */
export interface ModelCallEntry {
  /** Before the call: from here on it may be billed, and counts in full when its end is never known. */
  begin(
    model: ModelName,
    reserved: { readonly tokens: number; readonly cost?: number },
    purpose?: string,
  ): Promise<void>;
  /** The whole answer, before anything that it asks for happens. */
  answer(finish: ModelFinish, cost: number | undefined): Promise<void>;
  /** There is no answer; what may have been billed for it is spent. */
  fail(error: unknown): Promise<void>;
  /** The end of a call beside the conversation, whatever came of it. */
  charge(purpose: string): Promise<void>;
}

/** Opens the entry of the next answer. */
export function openModelCallEntry({ journal, totals, redact, prompt }: AgentRun): ModelCallEntry {
  const turn = journal.state.turn + 1;
  const before = { tokens: totals.usage.input + totals.usage.output, cost: totals.cost };
  let isOpen = false;
  /** With every try that broke off on the way. */
  const charged = (): ChargedData => {
    const { usage, cost } = totals;
    const tokens = usage.input + usage.output - before.tokens;
    return { tokens, cost: cost === undefined || before.cost === undefined ? null : cost - before.cost };
  };
  return {
    async begin({ provider, id }, { tokens, cost = null }, purpose) {
      const ofRun = prompt === undefined ? {} : { prompt };
      const told = purpose === undefined ? ofRun : { purpose };
      const data = { turn, model: { provider, id }, ...told, reserved: { tokens, cost } };
      await journal.record({ type: "model-intent", data }, { durable: true });
      isOpen = true;
      faultpoint("after-model-intent");
    },
    async answer({ message, reason, usage }, cost) {
      faultpoint("before-model-result");
      isOpen = false;
      const data = { turn, message, reason, usage: usage ?? null, cost: cost ?? null, charged: charged() };
      await journal.record({ type: "model-result", data }, { durable: true });
      faultpoint("after-model-result");
    },
    async fail(error) {
      if (!isOpen) return;
      const data = { turn, error: redact(describeError(error)), charged: charged() };
      await journal.record({ type: "model-failed", data }, { durable: true });
    },
    async charge(purpose) {
      isOpen = false;
      await journal.record({ type: "model-charged", data: { purpose, charged: charged() } }, { durable: true });
    },
  };
}
