import { runAction, type Command } from "../command.ts";
import { backtestPolicy } from "../policy/backtest-policy.ts";
import { explainPolicy, lintPolicy } from "../policy/explain-policy.ts";
import { simulatePolicy, testPolicy } from "../policy/test-policy.ts";

/**
 * `harness policy …`: tests, checks and explains policies. Each action takes `--policy FILE` (else those that a run in
 * the folder would find), `--cwd`, `--trust-project`, `--json`; calls take `--agent` and `--tainted`.
 */
export const policyCommand: Command = (args, context) => runAction("policy", ACTIONS, { args, context });

const ACTIONS: ReadonlyMap<string, Command> = new Map([
  ["test", testPolicy],
  ["lint", lintPolicy],
  ["explain", explainPolicy],
  ["simulate", simulatePolicy],
  ["backtest", backtestPolicy],
]);
