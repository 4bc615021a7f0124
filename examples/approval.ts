/** Approval: what a check asks about goes to your function. Without one, an `ask` is a denial that says so. */
import { run } from "harness-agent";
import { scriptedModel } from "harness-agent/testing";

const model = scriptedModel([
  { toolCalls: [{ name: "Bash", args: { command: "echo deployed" } }] },
  { toolCalls: [{ name: "Bash", args: { command: "rm -r build" } }] },
  "Deployed; I left the old build alone.",
]);

const result = await run("Deploy and clean up", {
  model,
  audit: false,
  onApproval: ({ name, args, risk }) => {
    const { command } = args;
    const isHarmless = typeof command === "string" && command.startsWith("echo ");
    console.log(`${name} ${JSON.stringify(args)} (risk ${risk}) → ${isHarmless ? "approved" : "refused"}`);
    return isHarmless
      ? { decision: "approve", approver: "bot@example.com" }
      : { decision: "deny", feedback: "Builds are kept for a week." };
  },
}).result;

console.log(result.text);
console.log(`denied: ${result.denials.map(({ name, decision }) => `${name} (${decision.reason})`).join(", ")}`);
