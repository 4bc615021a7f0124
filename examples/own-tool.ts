/** A tool of your own: any Standard Schema for its input, a declared effect, and the same gate as for built-in tools. */
import { defineTool, run } from "harness-agent";
import { scriptedModel } from "harness-agent/testing";
import { z } from "zod";

const stock = new Map([["bolt", 12]]);

const lookUpStock = defineTool({
  name: "LookUpStock",
  description: "How many pieces of an article are in stock",
  input: z.object({ article: z.string().min(1) }),
  effect: "read",
  durability: "readOnly",
  execute({ article }, { log }) {
    log(`looking up ${article}`);
    return { article, pieces: stock.get(article) ?? 0 };
  },
});

const model = scriptedModel([
  { toolCalls: [{ name: "LookUpStock", args: { article: "bolt" } }] },
  "There are 12 bolts in stock.",
]);

for await (const message of run("How many bolts do we have?", { model, tools: [lookUpStock], audit: false })) {
  if (message.type === "tool_result") console.log("tool:", message.content);
  if (message.type === "result") console.log(message.text);
}
