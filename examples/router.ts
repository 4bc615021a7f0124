/** A router is a model made of models: it chooses by the task, explains itself, and falls back before the first token. */
import { run } from "harness-agent";
import { ProviderError } from "harness-agent/errors";
import { Router } from "harness-agent/router";
import { scriptedModel } from "harness-agent/testing";

const busy = new ProviderError("Overloaded", { provider: "scripted", status: 529, isRetryable: true });
const large = scriptedModel(["A careful answer."], { id: "large", pricing: { input: 15, output: 75 } });
const small = scriptedModel([busy], { id: "small", pricing: { input: 1, output: 5 } });

const router = new Router({ strategy: "cost_optimized", models: [large, small], fallbackChain: ["large"] });

const request = {
  messages: [{ role: "user", content: [{ type: "text", text: "What is 2 + 2?" }] }],
  tools: [],
} as const;
const { order, reason } = router.explain(request);
console.log(`would ask ${order.map(({ id }) => id).join(", then ")}: ${reason}`);

for await (const message of run("What is 2 + 2?", { router, tools: [], audit: false, retry: { maxRetries: 0 } })) {
  if (message.type === "system" && message.subtype === "model_fallback") {
    console.log(`${message.data.from} failed (${message.data.error}); ${message.data.to} takes over`);
  }
  if (message.type === "result") console.log(message.text);
}
