import { expect, it } from "vitest";

import { ProviderError } from "../../src/errors/index.ts";
import { reliableModel } from "../../src/router/index.ts";
import type { Model, ModelStreamPart } from "../../src/spec/index.ts";

const busy = new ProviderError("busy", { provider: "p", isRetryable: true });
const request = { messages: [], tools: [] };

async function read(stream: AsyncIterable<ModelStreamPart>): Promise<void> {
  for await (const _part of stream) continue;
}

it("reliableModel() begins no attempt after an abort, also with a clock that does not look at the signal", async () => {
  const controller = new AbortController();
  let calls = 0;
  const model: Model = {
    provider: "p",
    id: "m",
    stream() {
      calls += 1;
      throw busy;
    },
  };
  const clock = { now: () => 0, monotonic: () => 0, sleep: async () => controller.abort("stop") };
  await expect(read(reliableModel(model, { clock }).stream(request, controller))).rejects.toBe("stop");
  expect(calls).toBe(1);
});

it.each([
  [
    "throws",
    () => {
      throw new Error("closing");
    },
  ],
  ["gives no promise", () => undefined],
])("reliableModel() gives the provider's error when the model's closing %s", async (_name, close) => {
  const iterator = { next: () => Promise.reject(busy), return: close };
  const model = { provider: "p", id: "m", stream: () => ({ [Symbol.asyncIterator]: () => iterator }) };
  const reliable = reliableModel(model as unknown as Model, { maxRetries: 0 });
  await expect(read(reliable.stream(request, new AbortController()))).rejects.toBe(busy);
});
