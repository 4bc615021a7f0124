import { BudgetExhaustedError, HarnessError } from "../errors/index.ts";
import type { StopReason } from "../spec/index.ts";

/** Why a run ended and, where something went wrong, with which error. */
export interface StopCause {
  readonly stopReason: StopReason;
  readonly error?: unknown;
}

/** The one place that stops a run from outside: the first cause counts. */
export interface StopSource {
  readonly signal: AbortSignal;
  readonly cause: StopCause | undefined;
  /** Aborts everything that runs. `reason` goes to every waiting call unchanged. */
  stop(cause: StopCause, reason: unknown): void;
}

/** Makes the stop of one run. */
export function createStop(): StopSource {
  return new RunStop();
}

class RunStop implements StopSource {
  readonly #controller = new AbortController();
  #cause: StopCause | undefined;

  get signal(): AbortSignal {
    return this.#controller.signal;
  }

  get cause(): StopCause | undefined {
    return this.#cause;
  }

  stop(cause: StopCause, reason: unknown): void {
    if (this.#cause !== undefined) return;
    this.#cause = cause;
    this.#controller.abort(reason);
  }
}

/** Why a run ended, from what was thrown in it. What stopped it from outside goes before what broke because of that. */
export function causeOf(error: unknown, stop: StopSource): StopCause {
  if (stop.cause !== undefined) return stop.cause;
  if (BudgetExhaustedError.isInstance(error)) return { stopReason: "budget_exhausted", error };
  if (HarnessError.isInstance(error) && error.code === "timeout") return { stopReason: "timeout", error };
  return { stopReason: "error", error };
}
