/** A budget that several runs share: a run that reaches it ends with stop reason "budget_exhausted". */
import { run } from "harness-agent";
import { BudgetTracker } from "harness-agent/budget";
import { scriptedModel } from "harness-agent/testing";

const budget = new BudgetTracker({ maxTokens: 4000, maxCost: 0.05, warnAt: 0.5 });

function forgetful() {
  const look = { toolCalls: [{ name: "Glob", args: { pattern: "*.md" } }], usage: { input: 800, output: 50 } };
  return scriptedModel(
    Array.from({ length: 20 }, () => look),
    { pricing: { input: 3, output: 15 } },
  );
}

for await (const message of run("Look again and again", {
  model: forgetful(),
  budget,
  tools: ["Glob"],
  audit: false,
  maxOutputTokens: 200,
})) {
  if (message.type === "system" && message.subtype === "budget_warning") {
    console.log(`warning: ${Math.round(message.data.share * 100)} % of the ${message.data.limit} used`);
  }
  if (message.type === "result") {
    console.log(`${message.stopReason} after ${message.turns} turns: ${message.error?.message}`);
  }
}
const { tokensUsed, costUsed, tokensRemaining } = budget.snapshot();
console.log(`${tokensUsed} tokens, $${costUsed.toFixed(4)}; ${tokensRemaining} tokens left`);
