import { describeError } from "../errors/index.ts";
import { faultpoint } from "../faults/index.ts";
import type { ChargedData, ModelFinish, ModelName, SessionEventBody } from "../spec/index.ts";
import type { AgentRun } from "./agent-run.ts";

/** What a call may use, as it is kept before it is made. */
interface Begun {
  readonly model: ModelName;
  readonly reserved: { readonly tokens: number; readonly cost?: number };
  /** What a call beside the conversation is for. */
  readonly purpose?: string;
}

/** What the journal keeps of one answer of the model. Each step gives a promise only where the store must be waited for. */
export class ModelCallEntry {
  readonly #run: AgentRun;
  readonly #turn: number;
  readonly #tokensBefore: number;
  readonly #costBefore: number | undefined;
  #isOpen = false;

  /** Opens the entry of the next answer. */
  constructor(run: AgentRun) {
    const { tokens, cost } = run.totals;
    this.#run = run;
    this.#turn = run.journal.state.turn + 1;
    this.#tokensBefore = tokens;
    this.#costBefore = cost;
  }

  /** Before the call: from here on it may be billed, and counts in full when its end is never known. */
  begin({ model: { provider, id }, reserved, purpose }: Begun): Promise<void> | undefined {
    const { prompt } = this.#run;
    const ofRun = prompt === undefined ? {} : { prompt };
    const told = purpose === undefined ? ofRun : { purpose };
    const data = {
      turn: this.#turn,
      model: { provider, id },
      ...told,
      reserved: { tokens: reserved.tokens, cost: reserved.cost ?? null },
    };
    return this.#record({ type: "model-intent", data }, () => {
      this.#isOpen = true;
      faultpoint("after-model-intent");
    });
  }

  /** The whole answer, before anything that it asks for happens. */
  answer({ message, reason, usage }: ModelFinish, cost: number | undefined): Promise<void> | undefined {
    faultpoint("before-model-result");
    this.#isOpen = false;
    const charged = this.#charged();
    const data = { turn: this.#turn, message, reason, usage: usage ?? null, cost: cost ?? null, charged };
    return this.#record({ type: "model-result", data }, () => faultpoint("after-model-result"));
  }

  /** There is no answer; what may have been billed for it is spent. */
  fail(error: unknown): Promise<void> | undefined {
    if (!this.#isOpen) return undefined;
    const data = { turn: this.#turn, error: this.#run.redact(describeError(error)), charged: this.#charged() };
    return this.#record({ type: "model-failed", data });
  }

  /** The end of a call beside the conversation, whatever came of it. */
  charge(purpose: string): Promise<void> | undefined {
    this.#isOpen = false;
    return this.#record({ type: "model-charged", data: { purpose, charged: this.#charged() } });
  }

  /** With every try that broke off on the way. */
  #charged(): ChargedData {
    const { cost } = this.#run.totals;
    const tokens = this.#run.totals.tokens - this.#tokensBefore;
    return { tokens, cost: cost === undefined || this.#costBefore === undefined ? null : cost - this.#costBefore };
  }

  #record(event: SessionEventBody, onKept?: () => void): Promise<void> | undefined {
    const recording = this.#run.journal.record(event, { durable: true });
    if (recording instanceof Promise) return recording.then(() => onKept?.());
    onKept?.();
    return undefined;
  }
}
