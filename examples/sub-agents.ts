// Sub-agents: the model asks several at once; each one can do less than the agent that asked.
import { run } from "harness-agent";
import { scriptedModel } from "harness-agent/testing";

// Main agent and sub-agents answer from scripts here. With a provider, leave `model` out.
const scripts: Record<string, ReturnType<typeof scriptedModel>> = {
  "Is the project in order?": scriptedModel([
    {
      toolCalls: [
        { name: "Task", args: { agent_type: "explore", prompt: "List the documents" } },
        { name: "Task", args: { agent_type: "licences", prompt: "Check the licence" } },
      ],
    },
    "It is.",
  ]),
  "List the documents": scriptedModel([
    { toolCalls: [{ name: "Glob", args: { pattern: "*.md" } }] },
    "There are some.",
  ]),
  "Check the licence": scriptedModel(["It is MIT."]),
};
const model: ReturnType<typeof scriptedModel> = {
  ...scriptedModel([]),
  stream(request, options) {
    const part = request.messages[0]?.content[0];
    const script = scripts[part?.type === "text" ? part.text : ""];
    if (script === undefined) throw new Error("There is no script for this agent");
    return script.stream(request, options);
  },
};

const current = run("Is the project in order?", {
  model,
  audit: false,
  permissionMode: "plan",
  agents: {
    licences: {
      description: "Checks licences of packages; only reads",
      systemPrompt: "You check licences. Report package, licence and what it asks for.",
      tools: ["Read", "Grep"],
      isReadOnly: true,
      budget: { maxTokens: 50_000 },
    },
  },
});
for await (const message of current) {
  if (message.type === "text" && !message.isPartial) console.log(`${message.agent}: ${message.text}`);
}
const { agents = [], totalTokens } = await current.result;
for (const { agent, stopReason, turns } of agents) console.log(`${agent}: ${stopReason} after ${turns} turns`);
console.log(`${totalTokens} tokens in all`);
