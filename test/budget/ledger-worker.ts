/**
 * A worker that spends: holds the worst case of a call, has it billed (a line in a file, as a provider would keep it),
 * and settles. Told by its parent to die in the middle, it is killed and settles nothing. It may have to wait, after so
 * many calls, until its parent lets it go on.
 */
import { appendFileSync } from "node:fs";

import { BudgetExhaustedError, openLedger } from "../../src/budget/index.ts";

const [path = "", bill = "", worker = "", limit = "", callsBeforeWait = "Infinity"] = process.argv.slice(2);
const goOn = new Promise<unknown>((resolve) => process.once("message", resolve));
const ledger = await openLedger(path, { durable: false });
const budget = ledger.budget([
  { scope: "tenant", id: "acme", maxCost: Number(limit) },
  { scope: "session", id: worker },
]);
process.send?.("ready");
let refusals = 0;
let calls = 0;
const spend = async (lane: number): Promise<void> => {
  for (let call = 0; refusals < 3; call += 1) {
    calls += 1;
    if (calls > Number(callsBeforeWait)) await goOn;
    const callId = `${worker}-${lane}-${call}`;
    try {
      const reservation = await budget.reserve({ tokens: 1000, cost: 0.05, turns: 1, callId });
      const cost = Math.round(Math.random() * 50) / 1000;
      appendFileSync(bill, `${callId} ${cost}\n`);
      process.send?.("billed");
      await new Promise((resolve) => setTimeout(resolve, Math.random() * 8));
      await reservation.settle({ tokens: 700, cost });
    } catch (error) {
      if (!BudgetExhaustedError.isInstance(error)) throw error;
      refusals += 1;
    }
  }
};
await Promise.all([0, 1, 2, 3].map(spend));
await ledger.close();
process.disconnect?.();
