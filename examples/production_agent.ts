// production_agent.ts: an entry point for a Kubernetes Job, a CI step or a cron task, with a budget guard, structured
// log lines and clean exit codes.
import { run } from "harness-agent";
import { BudgetTracker } from "harness-agent/budget";
import { BudgetExhaustedError } from "harness-agent/errors";

const log = (level: "INFO" | "ERROR", text: string): void => {
  console.error(`${new Date().toISOString()} ${level} ${text}`);
};

/** What a task came to. */
interface TaskResult {
  success: boolean;
  output: string;
  tokens: number;
  cost: number | undefined;
  error: string | undefined;
}

/** Runs a task with full enterprise controls. */
async function runProductionTask(prompt: string): Promise<TaskResult> {
  // Watches what runs have cost, over several runs. To stop a run on its way, pass `budget` to run() as well.
  const budget = new BudgetTracker({ maxTokens: 500_000, maxCost: 5 });
  const result: TaskResult = { success: false, output: "", tokens: 0, cost: 0, error: undefined };

  try {
    for await (const message of run(prompt, {
      provider: "anthropic",
      model: "claude-sonnet-4-20250514",
      permissionMode: "accept_edits",
      sandboxMode: "docker",
      maxTurns: 50,
    })) {
      if (message.type === "text" && !message.isPartial) {
        log("INFO", `Agent: ${message.text.slice(0, 100)}...`);
      } else if (message.type === "tool_use") {
        log("INFO", `Tool: ${message.name}`);
      } else if (message.type === "result") {
        const { usage, totalCost, totalTokens, turns, toolCalls } = message;
        budget.recordUsage({ inputTokens: usage.input, outputTokens: usage.output, cost: totalCost });
        // Throws when later runs must not start.
        budget.checkBudget();
        const isDone = message.stopReason === "end_turn";
        const error = message.error?.message ?? (isDone ? undefined : `Stopped: ${message.stopReason}`);
        Object.assign(result, { success: isDone, output: message.text, tokens: totalTokens, cost: totalCost, error });

        const left = budget.snapshot();
        log(
          "INFO",
          `Complete: ${turns} turns, ${toolCalls} tools, ${dollars(totalCost, 4)}, ${count(totalTokens)} tokens`,
        );
        log(
          "INFO",
          `Budget: ${dollars(left.costRemaining, 2)} remaining, ${count(left.tokensRemaining)} tokens remaining`,
        );
      }
    }
  } catch (error) {
    const kind = BudgetExhaustedError.isInstance(error) ? "Budget exhausted" : "Unexpected error";
    result.success = false;
    result.error = error instanceof Error ? error.message : String(error);
    log("ERROR", `${kind}: ${result.error}`);
  }
  return result;
}

function dollars(amount: number | undefined, digits: number): string {
  return amount === undefined ? "unknown cost" : `$${amount.toFixed(digits)}`;
}

function count(tokens: number | undefined): string {
  return tokens === undefined ? "unlimited" : tokens.toLocaleString("en-US");
}

const [prompt] = process.argv.slice(2);
if (prompt === undefined) {
  console.log("Usage: node production_agent.ts 'Your task here'");
  process.exit(1);
}
log("INFO", `Starting production task: ${prompt.slice(0, 50)}...`);
const outcome = await runProductionTask(prompt);
if (outcome.success) {
  log("INFO", `Task completed successfully. Cost: ${dollars(outcome.cost, 4)}`);
} else {
  log("ERROR", `Task failed: ${outcome.error}`);
  process.exitCode = 1;
}
