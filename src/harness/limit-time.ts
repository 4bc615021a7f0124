import type { AgentRun } from "../agent/index.ts";
import { isPromise, startTimer } from "../async/index.ts";
import { BudgetExhaustedError } from "../errors/index.ts";
import type { BudgetSnapshot } from "../spec/index.ts";

/** Stops a run whose budget of time is used up, whatever it waits for. */
export function limitTime(run: AgentRun): Disposable | undefined | Promise<Disposable | undefined> {
  const snapshot = run.budget.snapshot();
  return isPromise(snapshot)
    ? Promise.resolve(snapshot).then((known) => startLimit(known, run))
    : startLimit(snapshot, run);
}

function startLimit(atStart: BudgetSnapshot, { budget, stop }: AgentRun): Disposable | undefined {
  const { wallMsUsed, wallMsRemaining } = atStart;
  if (wallMsRemaining === undefined) return undefined;
  const cancel = startTimer(wallMsRemaining, () => {
    void stopNow();
  });
  const stopNow = async (): Promise<void> => {
    // The time is over also where the ledger cannot be asked any more.
    const known = { ...atStart, wallMsUsed: wallMsUsed + wallMsRemaining, wallMsRemaining: 0 };
    const snapshot = await (async () => await budget.snapshot())().catch(() => known);
    const message = `The time budget is used up after ${snapshot.wallMsUsed} ms: resume the session with a fresh one`;
    const error = new BudgetExhaustedError(message, { snapshot });
    stop.stop({ stopReason: "budget_exhausted", error }, error);
  };
  return { [Symbol.dispose]: () => cancel() };
}
