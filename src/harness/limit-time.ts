import type { AgentRun } from "../agent/index.ts";
import { startTimer } from "../async/index.ts";
import { BudgetExhaustedError } from "../errors/index.ts";

/**
 * Stops a run whose budget of time is used up, whatever it waits for. A budget whose limits ask is left alone: it
 * refuses the next call, and a person is asked.
 */
export async function limitTime({ budget, stop }: AgentRun): Promise<Disposable | undefined> {
  const { wallMsRemaining } = await budget.snapshot();
  if (wallMsRemaining === undefined) return undefined;
  const cancel = startTimer(wallMsRemaining, () => {
    void stopNow();
  });
  const stopNow = async (): Promise<void> => {
    const snapshot = await budget.snapshot();
    const message = `The time budget is used up after ${snapshot.wallMsUsed} ms: resume the session with a fresh one`;
    const error = new BudgetExhaustedError(message, { snapshot });
    stop.stop({ stopReason: "budget_exhausted", error }, error);
  };
  return { [Symbol.dispose]: () => cancel() };
}
