import { ProviderError } from "../errors/index.ts";
import type { ModelFinish, ModelRequest } from "../spec/index.ts";
import type { AgentRun } from "./agent-run.ts";
import { CallAccount, type ChargedCall } from "./call-account.ts";
import { ModelCallEntry } from "./journal-model-call.ts";
import { PartReader } from "./part-reader.ts";
import { planCall, worstCase } from "./plan-output.ts";
import { recordChoice } from "./record-model.ts";

/** What a call beside the conversation is for. */
export interface AsideOptions {
  readonly signal: AbortSignal;
  /** Stands in the record: "compaction". */
  readonly purpose: string;
  /** The same for the same call. */
  readonly callId: string;
  /** Tokens that the request is likely to have. */
  readonly inputTokens: number;
}

/**
 * Asks the run's model something that is no part of the conversation: paid from the same budget, counted in the same
 * totals, kept in the journal as spent, put on record, and not shown.
 */
export async function askAside(
  run: AgentRun,
  wanted: ModelRequest & { readonly maxOutputTokens: number },
  { signal, purpose, callId, inputTokens }: AsideOptions,
): Promise<ModelFinish> {
  const { budget, model, totals, modelInfo, costOf } = run;
  const snapshot = await budget.snapshot();
  const economy = snapshot.isDegraded;
  const [first = model] = model.route?.(wanted, { economy }) ?? [];
  const worst = worstCase(inputTokens, first, run);
  const { maxOutputTokens, ...reserved } = planCall(inputTokens, wanted.maxOutputTokens, { snapshot, worst });
  const prices = { modelInfo, costOf };
  const onCharged = ({ model: used, usage, cost, finish }: ChargedCall): void => {
    const outcome = finish === undefined ? ("failed" as const) : ("completed" as const);
    const data = {
      turn: totals.turns,
      provider: used.provider,
      model: used.id,
      outcome,
      usage: usage ?? null,
      purpose,
    };
    run.audit.append({ type: "model_call", ...run.scope, ...(cost === undefined ? {} : { cost }), data });
  };
  using account = new CallAccount({ ...prices, budget, totals, callId, inputTokens, maxOutputTokens, onCharged });
  await account.open(first, reserved);
  const entry = new ModelCallEntry(run);
  try {
    signal.throwIfAborted();
    await entry.begin({ model: first, reserved, purpose });
    signal.throwIfAborted();
  } catch (error) {
    await account.letGo({ turns: 0 });
    await entry.fail(error);
    throw error;
  }
  try {
    return await listen(run, { ...wanted, maxOutputTokens }, { signal, account, economy });
  } finally {
    await entry.charge(purpose);
  }
}

async function listen(
  run: AgentRun,
  request: ModelRequest,
  {
    signal,
    account,
    economy,
  }: { readonly signal: AbortSignal; readonly account: CallAccount; readonly economy: boolean },
): Promise<ModelFinish> {
  const { model, scope } = run;
  let characters = 0;
  let parts: PartReader | undefined;
  try {
    parts = new PartReader(model.stream(request, { signal, sessionId: scope.sessionId, economy }));
    for (;;) {
      const part = parts.ready() ?? parts.take(await parts.ask());
      if (part === undefined) break;
      if (part.type === "finish") {
        await account.settle(part);
        return part;
      }
      if (part.type === "text-delta" || part.type === "reasoning-delta") characters += part.text.length;
      recordChoice(run, part);
      await account.follow(part);
    }
    signal.throwIfAborted();
    const { provider } = model;
    throw new ProviderError(`The stream of ${provider} ended without its end`, { provider, isRetryable: true });
  } catch (error) {
    await account.breakOff(error, characters, parts?.isWaiting);
    throw error;
  } finally {
    await parts?.close();
  }
}
