import { expect, it } from "vitest";

import { run, type Model } from "../../src/index.ts";

it("run() says so when a provider told no usage: the counts lack it, and nobody knows the cost", async () => {
  const silent: Model = {
    provider: "silent",
    id: "silent-1",
    async *stream() {
      const content = [{ type: "text" as const, text: "Hello." }];
      const message = { role: "assistant" as const, content, model: { provider: "silent", id: "silent-1" } };
      yield { type: "finish", reason: "end_turn", usage: undefined, message };
    },
  };
  const result = await run("Go", { model: silent, tools: [], audit: false, config: false }).result;
  expect(result).toMatchObject({ stopReason: "end_turn", totalTokens: 0, isUsageEstimated: true });
  expect(result.totalCost).toBeUndefined();
});
