import { getEventListeners, once } from "node:events";
import { connect, type Socket } from "node:net";
import { setTimeout as sleep } from "node:timers/promises";
import { describe, expect, it } from "vitest";

import { ProviderError } from "../../src/errors/index.ts";
import { reliableModel } from "../../src/router/index.ts";
import type { Clock, ModelStreamPart } from "../../src/spec/index.ts";
import { fakeRandom, scriptedModel } from "../../src/testing/index.ts";
import { openRawServer } from "../net/loopback-server.ts";
import { ask, busy, finish, handMade, readAll, text, textOf } from "./models.ts";

const quiet = { signal: new AbortController().signal };
const forever = new Promise<never>(() => {});

/** A clock that does not sleep and says how long it would have. */
function recordingClock(): Clock & { readonly sleeps: readonly number[] } {
  const sleeps: number[] = [];
  return { sleeps, now: () => 0, monotonic: () => 0, sleep: async (ms) => void sleeps.push(ms) };
}

describe("reliableModel() retries", () => {
  it.each([
    ["an error that is no provider's", new Error("bug")],
    ["a refused request", new ProviderError("bad request", { provider: "p", status: 400, isRetryable: false })],
    ["a wait that is longer than maxDelayMs", busy({ retryAfterMs: 60_001 })],
    ["a wait that is no number", busy({ retryAfterMs: Number.NaN })],
  ])("never for %s", async (_what, error) => {
    const clock = recordingClock();
    const model = scriptedModel([error, "never"]);
    await expect(readAll(reliableModel(model, { clock }).stream(ask(), quiet))).rejects.toBe(error);
    expect(model.requests).toHaveLength(1);
    expect(clock.sleeps).toEqual([]);
  });

  it("never once a token reached the reader", async () => {
    const error = busy();
    for (const answer of [
      { deltas: ["half"], error },
      { reasoning: "hm", error },
    ]) {
      const model = scriptedModel([answer, "never"]);
      await expect(readAll(reliableModel(model, { baseDelayMs: 1 }).stream(ask(), quiet))).rejects.toBe(error);
      expect(model.requests).toHaveLength(1);
    }
  });

  it("never once a tool call reached the reader, but after a ping", async () => {
    const call = { type: "tool-call", id: "1", name: "Read", args: {} } as const;
    const failing = (part: ModelStreamPart) =>
      async function* () {
        yield part;
        throw busy();
      };
    const called = handMade([failing({ type: "tool-call", call })]);
    await expect(readAll(reliableModel(called, { baseDelayMs: 1 }).stream(ask(), quiet))).rejects.toThrow("busy");
    expect(called.calls).toHaveLength(1);
    const pinged = handMade([failing({ type: "ping" })]);
    await expect(
      readAll(reliableModel(pinged, { baseDelayMs: 1, maxRetries: 2 }).stream(ask(), quiet)),
    ).rejects.toThrow("busy");
    expect(pinged.calls).toHaveLength(3);
  });

  it("maxRetries times and gives the last error", async () => {
    const errors = [busy(), busy(), busy()];
    const model = scriptedModel([...errors, "never"]);
    const clock = recordingClock();
    const stream = reliableModel(model, { clock, maxRetries: 2 }).stream(ask(), quiet);
    await expect(readAll(stream)).rejects.toBe(errors[2]);
    expect(model.requests).toHaveLength(3);
    const once = scriptedModel([busy(), "never"]);
    await expect(readAll(reliableModel(once, { maxRetries: 0 }).stream(ask(), quiet))).rejects.toThrow("busy");
  });

  it("a model that throws instead of giving a stream", async () => {
    const model = handMade([
      () => {
        throw busy();
      },
      async function* () {
        yield text("hello");
        yield finish;
      },
    ]);
    expect(textOf(await readAll(reliableModel(model, { baseDelayMs: 1 }).stream(ask(), quiet)))).toBe("hello");
  });

  it("after the time that the provider asks for, else after doubled times that never exceed maxDelayMs", async () => {
    const clock = recordingClock();
    const steps = [busy({ retryAfterMs: 7 }), busy({ retryAfterMs: -1 }), busy(), busy(), busy(), "hello"];
    const random = { ...fakeRandom(), next: () => 0.999_999 };
    const options = { clock, random, maxRetries: 9, baseDelayMs: 100, maxDelayMs: 1000 };
    const parts = await readAll(reliableModel(scriptedModel(steps), options).stream(ask(), quiet));
    expect(clock.sleeps).toEqual([7, 0, 500, 1000, 1000]);
    const retries = parts.filter((part) => part.type === "model-retry");
    expect(retries.map(({ attempt, delayMs }) => [attempt, delayMs])).toEqual([
      [1, 7],
      [2, 0],
      [3, 500],
      [4, 1000],
      [5, 1000],
    ]);
    expect(retries[0]?.error).toBe("busy");
    expect(textOf(parts)).toBe("hello");
    expect(parts.at(-1)?.type).toBe("finish");
  });

  it("not after an abort: the wait rejects with the reason, unchanged", async () => {
    const model = scriptedModel([busy(), "never"]);
    const controller = new AbortController();
    const reason = { my: "reason" };
    const reading = (async () => {
      for await (const part of reliableModel(model, { baseDelayMs: 60_000 }).stream(ask(), controller)) {
        if (part.type === "model-retry") setTimeout(() => controller.abort(reason), 5);
      }
    })();
    await expect(reading).rejects.toBe(reason);
    expect(model.requests).toHaveLength(1);
    expect(getEventListeners(controller.signal, "abort")).toEqual([]);
    await expect(readAll(reliableModel(model).stream(ask(), controller))).rejects.toBe(reason);
  });
});

describe("reliableModel() stalls", () => {
  const stubborn = async function* (): AsyncGenerator<ModelStreamPart> {
    yield await forever;
  };

  it("at the first part: a retryable ProviderError, also for a model that ignores its signal", async () => {
    const model = handMade([stubborn]);
    const stream = reliableModel(model, { firstChunkMs: 10, maxRetries: 1, baseDelayMs: 1 }).stream(ask(), quiet);
    await expect(readAll(stream)).rejects.toMatchObject({
      code: "provider_error",
      isRetryable: true,
      message: expect.stringMatching(/^p was silent for 10 ms; raise timeouts\.firstChunkMs/),
    });
    expect(model.calls).toHaveLength(2);
    expect(model.calls.every(({ signal }) => signal.aborted)).toBe(true);
  });

  it("between parts: no retry, and chunkMs counts although the first part may take far longer", async () => {
    const model = handMade([
      async function* () {
        yield text("half");
        await forever;
      },
    ]);
    const stream = reliableModel(model, { firstChunkMs: 3_600_000, chunkMs: 10 }).stream(ask(), quiet);
    await expect(readAll(stream)).rejects.toMatchObject({
      isRetryable: true,
      message: expect.stringContaining("silent for 10 ms"),
    });
    expect(model.calls).toHaveLength(1);
  });

  it("a retry may bring the answer", async () => {
    const model = handMade([
      stubborn,
      async function* () {
        yield text("hello");
        yield finish;
      },
    ]);
    const parts = await readAll(reliableModel(model, { firstChunkMs: 10, baseDelayMs: 1 }).stream(ask(), quiet));
    expect(parts.map(({ type }) => type)).toEqual(["model-retry", "text-delta", "finish"]);
  });

  it("a slow reader is no stall", async () => {
    const model = scriptedModel([{ deltas: ["a", "b", "c"] }]);
    const parts: ModelStreamPart[] = [];
    for await (const part of reliableModel(model, { firstChunkMs: 20, chunkMs: 20 }).stream(ask(), quiet)) {
      parts.push(part);
      await sleep(60);
    }
    expect(textOf(parts)).toBe("abc");
  });

  it("pings keep a stream alive", async () => {
    const model = handMade([
      async function* () {
        for (let index = 0; index < 10; index += 1) {
          await sleep(20);
          yield { type: "ping" } as const;
        }
        yield finish;
      },
    ]);
    const parts = await readAll(
      reliableModel(model, { firstChunkMs: 150, chunkMs: 150, maxRetries: 0 }).stream(ask(), quiet),
    );
    expect(parts).toHaveLength(11);
  });

  it("what came while the event loop was held up is no silence", async () => {
    const accepted = Promise.withResolvers<Socket>();
    await using server = await openRawServer(accepted.resolve);
    const client = connect(Number(new URL(server.url).port), "127.0.0.1");
    const other = await accepted.promise;
    const model = handMade([
      async function* () {
        const received = once(client, "data");
        other.write("hello");
        // The limit is over and the answer is there: the loop runs the timer first.
        Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 100);
        await received;
        yield text("hello");
        yield finish;
      },
    ]);
    const parts = await readAll(reliableModel(model, { firstChunkMs: 20, maxRetries: 0 }).stream(ask(), quiet));
    expect(textOf(parts)).toBe("hello");
    client.destroy();
  });

  it.each([2 ** 31, 1e15])("a limit of %d ms is no limit of 1 ms", async (limit) => {
    const model = scriptedModel([{ delayMs: 30, text: "hello" }]);
    const options = { firstChunkMs: limit, chunkMs: limit, maxRetries: 0 };
    expect(textOf(await readAll(reliableModel(model, options).stream(ask(), quiet)))).toBe("hello");
  });

  it("an abort while the model is silent rejects with the reason, unchanged", async () => {
    const controller = new AbortController();
    const reading = readAll(reliableModel(handMade([stubborn])).stream(ask(), controller));
    const reason = { my: "reason" };
    setTimeout(() => controller.abort(reason), 5);
    await expect(reading).rejects.toBe(reason);
    expect(getEventListeners(controller.signal, "abort")).toEqual([]);
  });
});

describe("reliableModel() closes", () => {
  it("the model's iterator and its signal when the reader leaves", async () => {
    let isClosed = false;
    const model = handMade([
      async function* () {
        try {
          yield text("a");
          yield text("b");
        } finally {
          isClosed = true;
        }
      },
    ]);
    const controller = new AbortController();
    for await (const part of reliableModel(model).stream(ask(), controller)) {
      expect(part).toEqual(text("a"));
      break;
    }
    expect(isClosed).toBe(true);
    expect(model.calls[0]?.signal.aborted).toBe(true);
    expect(getEventListeners(controller.signal, "abort")).toEqual([]);
  });

  it("without waiting for a model that hangs in its own closing", async () => {
    const parts = {
      next: async () => ({ done: false, value: text("a") }) as const,
      return: () => forever,
    };
    const model = handMade([() => ({ [Symbol.asyncIterator]: () => parts })]);
    for await (const part of reliableModel(model).stream(ask(), quiet)) {
      expect(part).toEqual(text("a"));
      break;
    }
  });

  it("nothing that is complete: the signal stays quiet after the end", async () => {
    const model = handMade([
      async function* () {
        yield text("a");
        yield finish;
      },
    ]);
    const stream = reliableModel(model).stream(ask(), quiet);
    await readAll(stream);
    expect(model.calls[0]?.signal.aborted).toBe(false);
    expect(getEventListeners(quiet.signal, "abort")).toEqual([]);
  });

  it("keeps provider, id, info and session of the model", async () => {
    const inner = scriptedModel(["x"], { id: "i", provider: "v" });
    const model = reliableModel(inner);
    expect(model).toMatchObject({ provider: "v", id: "i", info: inner.info });
    const hand = handMade([
      async function* () {
        yield finish;
      },
    ]);
    expect(reliableModel(hand)).not.toHaveProperty("info");
    await readAll(reliableModel(hand).stream(ask(), { ...quiet, sessionId: "s" }));
    expect(hand.calls[0]?.sessionId).toBe("s");
  });

  it("asks again when a stream ends without its end before the first token, and never after it", async () => {
    const empty = handMade([
      async function* () {},
      async function* () {
        yield text("whole");
        yield finish;
      },
    ]);
    const parts = await readAll(reliableModel(empty, { baseDelayMs: 1 }).stream(ask(), quiet));
    expect(textOf(parts)).toBe("whole");
    const cut = handMade([
      async function* () {
        yield text("half");
      },
    ]);
    const read = readAll(reliableModel(cut, { baseDelayMs: 1 }).stream(ask(), quiet));
    await expect(read).rejects.toMatchObject({ code: "provider_error", isRetryable: true });
    expect(cut.calls).toHaveLength(1);
  });
});
