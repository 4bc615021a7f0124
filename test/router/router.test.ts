import { describe, expect, it } from "vitest";

import { HarnessError, ProviderError } from "../../src/errors/index.ts";
import { reliableModel, Router, type RouterOptions } from "../../src/router/index.ts";
import type { Model, ModelMessage, ModelRequest } from "../../src/spec/index.ts";
import { scriptedModel, type ScriptedStep } from "../../src/testing/index.ts";
import { ask, busy, handMade, readAll, text, textOf } from "./models.ts";

const quiet = { signal: new AbortController().signal };

function named(name: string, steps: readonly ScriptedStep[] = [], price = 1) {
  const [provider = "", id = ""] = name.split("/");
  return scriptedModel(steps, { provider, id, pricing: { input: price, output: price } });
}

function orderOf(options: RouterOptions, request = ask()): readonly string[] {
  return new Router(options).explain(request).order.map(({ provider, id }) => `${provider}/${id}`);
}

describe("new Router()", () => {
  it("refuses no models and an unknown strategy", () => {
    expect(() => new Router({ models: [] })).toThrow(TypeError);
    expect(() => new Router({ models: [] })).toThrow(/pass models/);
    const bad: unknown = { models: [named("a/1")], strategy: "cost_optimised" };
    expect(() => new Router(bad as RouterOptions)).toThrow(/Unknown strategy .* Did you mean "cost_optimized"/);
  });

  it("goes by the name of its first model until it has chosen", () => {
    const first = named("a/1");
    expect(new Router({ models: [first, named("b/2")] })).toMatchObject({ provider: "a", id: "1", info: first.info });
  });
});

describe("Router falls back", () => {
  it.each([
    ["a refused request", new ProviderError("bad", { provider: "a", status: 400, isRetryable: false })],
    ["a bug", new TypeError("bug")],
    ["another error of ours", new HarnessError("x", { code: "internal" })],
  ])("never for %s", async (_what, error) => {
    const second = named("b/2", ["never"]);
    const router = new Router({ models: [named("a/1", [error]), second] });
    await expect(readAll(router.stream(ask(), quiet))).rejects.toBe(error);
    expect(second.requests).toEqual([]);
  });

  it("never after the first token", async () => {
    const second = named("b/2", ["never"]);
    const router = new Router({ models: [named("a/1", [{ deltas: ["half"], error: busy() }]), second] });
    await expect(readAll(router.stream(ask(), quiet))).rejects.toThrow("busy");
    expect(second.requests).toEqual([]);
  });

  it("never after an abort: the reason goes up unchanged", async () => {
    const controller = new AbortController();
    const reason = { my: "reason" };
    const first = handMade([
      async function* () {
        controller.abort(reason);
        yield* [];
        throw busy();
      },
    ]);
    // It does not look at its signal: nobody but the router keeps it from answering.
    const second = handMade([
      async function* () {
        yield text("never");
      },
    ]);
    await expect(readAll(new Router({ models: [first, second] }).stream(ask(), controller))).rejects.toBe(reason);
    expect(second.calls).toEqual([]);
  });

  it("gives the error of the last one when all fail", async () => {
    const last = busy();
    const router = new Router({ models: [named("a/1", [busy()]), named("b/2", [last])] });
    await expect(readAll(router.stream(ask(), quiet))).rejects.toBe(last);
  });

  it.each([
    ["busy", busy()],
    ["401", new ProviderError("key", { provider: "a", status: 401, isRetryable: false })],
    ["404", new ProviderError("gone", { provider: "a", status: 404, isRetryable: false })],
    ["without a key", new HarnessError("no key", { code: "credentials_missing" })],
    ["not installed", new HarnessError("no package", { code: "package_missing" })],
  ])("before the first token when a model is %s", async (_how, error) => {
    const router = new Router({ models: [named("a/1", [error]), named("b/2", ["hello"])] });
    const parts = await readAll(router.stream(ask(), quiet));
    expect(parts.slice(0, 2)).toMatchObject([
      { type: "model-select", provider: "a", id: "1", reason: "manual: the first model" },
      { type: "model-fallback", from: "a/1", to: "b/2", error: error.message },
    ]);
    expect(textOf(parts)).toBe("hello");
    expect(parts.at(-1)).toMatchObject({ type: "finish", message: { model: { provider: "b", id: "2" } } });
  });

  it("in the order of the chain, which may name ids, providers, provider/id and models", () => {
    const models = [named("a/1"), named("b/2"), named("b/3"), named("c/4"), named("c/5")];
    const [, , , , last] = models;
    expect(orderOf({ models })).toEqual(["a/1", "b/2", "b/3", "c/4", "c/5"]);
    expect(orderOf({ models, fallbackChain: ["c/4", "3", "nobody", "a"] })).toEqual(["a/1", "c/4", "b/3"]);
    expect(orderOf({ models, fallbackChain: last === undefined ? [] : ["b", last] })).toEqual([
      "a/1",
      "b/2",
      "b/3",
      "c/5",
    ]);
    expect(orderOf({ models, fallbackChain: [] })).toEqual(["a/1"]);
    expect(orderOf({ models, fallbackChain: [named("x/9")] })).toEqual(["a/1"]);
  });
});

describe("Router constraints", () => {
  it("refuse every model: an error and no call", async () => {
    const model = named("a/1", ["never"]);
    const router = new Router({ models: [model], constraints: () => false });
    await expect(readAll(router.stream(ask(), quiet))).rejects.toMatchObject({ code: "model_not_found" });
    expect(model.requests).toEqual([]);
  });

  it("hold for the chain, for simple tasks and for the host's function too", () => {
    const models = [named("a/1", [], 5), named("b/2", [], 1), named("c/3", [], 9)];
    const constraints = ({ provider }: Model) => provider !== "b";
    for (const strategy of ["manual", "cost_optimized", "latency_first", () => "b/2"] as const) {
      const route = new Router({
        models,
        strategy,
        constraints,
        simpleTaskModel: "2",
        fallbackChain: ["b", "c"],
      }).explain(ask());
      expect(route.order.map(({ provider }) => provider)).toEqual(["a", "c"]);
      expect(route.excluded).toEqual([{ model: "b/2", reason: "refused by constraints" }]);
    }
  });

  it("that throw or answer with a promise let nothing through", async () => {
    const models = [named("a/1", ["never"])];
    const throwing = new Router({
      models,
      constraints: () => {
        throw new Error("no residency data");
      },
    });
    await expect(readAll(throwing.stream(ask(), quiet))).rejects.toThrow("no residency data");
    const later: unknown = async () => false;
    const router = new Router({ models, constraints: later as () => boolean });
    await expect(readAll(router.stream(ask(), quiet))).rejects.toMatchObject({ code: "model_not_found" });
  });
});

describe("Router strategies", () => {
  const dear = named("a/dear", [], 10);
  const cheap = named("b/cheap", [], 1);
  const unpriced = handMade([], { provider: "c", id: "unpriced" });
  const models = [dear, unpriced, cheap];

  it.each(["manual", "quality_first"] as const)("%s takes the first", (strategy) => {
    expect(orderOf({ models, strategy })[0]).toBe("a/dear");
  });

  it.each([
    ["a short prompt", ask("What does this file do?"), "b/cheap"],
    ["a demanding prompt", ask("Refactor the parser"), "a/dear"],
    ["a long prompt", ask("word ".repeat(200)), "a/dear"],
    ["code", ask("Why? ```js\n1\n```"), "a/dear"],
    ["an image", ask("x", { messages: [{ role: "user", content: [{ type: "image", url: "https://x" }] }] }), "a/dear"],
    ["structured output", ask("x", { output: { name: "o", schema: {} } }), "a/dear"],
    ["nothing", ask("x", { messages: [] }), "a/dear"],
  ])("cost_optimized: %s", (_what, request, expected) => {
    expect(orderOf({ models, strategy: "cost_optimized" }, request)[0]).toBe(expected);
  });

  it("cost_optimized: the named model for simple tasks, the first where it is not there, prices from outside", () => {
    const strategy = "cost_optimized";
    expect(orderOf({ models, strategy, simpleTaskModel: "c/unpriced" })[0]).toBe("c/unpriced");
    expect(orderOf({ models, strategy, simpleTaskModel: "nobody" })[0]).toBe("a/dear");
    const prices = {
      findModel: (id: string, provider = "") => ({ id, provider, pricing: { input: 0.1, output: 0.1 } }),
      priceOf: () => undefined,
    };
    expect(orderOf({ models, strategy, prices })[0]).toBe("c/unpriced");
    expect(orderOf({ models: [unpriced], strategy })[0]).toBe("c/unpriced");
  });

  it("a function may name a model, a name or nothing; what may not answer is not asked", () => {
    const byFunction = (answer: Model | string | undefined) =>
      new Router({ models, strategy: () => answer }).explain(ask());
    expect(byFunction("cheap").order[0]).toBe(cheap);
    expect(byFunction(cheap).order[0]).toBe(cheap);
    expect(byFunction(undefined).order[0]).toBe(dear);
    for (const stranger of ["nobody", named("x/y")]) {
      expect(byFunction(stranger)).toMatchObject({
        order: [dear, unpriced, cheap],
        reason: expect.stringContaining("may not answer"),
      });
    }
  });

  it("latency_first measures each model once, then takes the fastest", async () => {
    const slow = named(
      "a/slow",
      ["1", "2", "3"].map((answer) => ({ text: answer, delayMs: 60 })),
    );
    const fast = named("b/fast", ["1", "2", "3"]);
    const router = new Router({ models: [slow, fast], strategy: "latency_first" });
    for (let index = 0; index < 4; index += 1) await readAll(router.stream(ask(), quiet));
    expect([slow.requests.length, fast.requests.length]).toEqual([1, 3]);
    expect(router.explain(ask())).toMatchObject({
      order: [fast, slow],
      reason: expect.stringContaining("ms to the first part so far"),
    });
  });
});

describe("Router keeps to its model over a conversation", () => {
  const answer = (provider: string, id: string): ModelMessage => ({
    role: "assistant",
    content: [{ type: "text", text: "So be it" }],
    model: { provider, id },
  });
  const grow = (request: ModelRequest, ...more: readonly ModelMessage[]): ModelRequest => ({
    ...request,
    messages: [...request.messages, ...more],
  });
  const user: ModelMessage = { role: "user", content: [{ type: "text", text: "Now refactor everything" }] };

  it("cost_optimized: a harder task moves up, an easier one does not move down, and no task moves on the way", () => {
    const models = [named("a/dear", [], 10), named("b/cheap", [], 1)];
    const router = new Router({ models, strategy: "cost_optimized" });
    const simple = grow(ask("What is this?"), answer("b", "cheap"));
    expect(router.explain(simple).order[0]?.id).toBe("cheap");
    expect(router.explain(grow(simple, user))).toMatchObject({
      order: [models[0], models[1]],
      reason: 'cost_optimized: not a simple task: the word "refactor"',
    });
    const demanding = grow(ask("Refactor this"), answer("a", "dear"), {
      ...user,
      content: [{ type: "text", text: "ok" }],
    });
    expect(router.explain(demanding).order[0]?.id).toBe("dear");
    // Said while tools run: it belongs to the task that is under way.
    const steered = grow(simple, { role: "tool", content: [] }, user);
    expect(router.explain(steered).order[0]?.id).toBe("cheap");
  });

  it("cost_optimized: a task that takes many answers was not simple, and says so", () => {
    const models = [named("a/dear", [], 10), named("b/cheap", [], 1)];
    const router = new Router({ models, strategy: "cost_optimized", simpleTask: { maxTurns: 3 } });
    const work = [answer("b", "cheap"), { role: "tool", content: [] } as const];
    const short = grow(ask("What is this?"), ...work, ...work);
    expect(router.explain(short).order[0]?.id).toBe("cheap");
    expect(router.explain(grow(short, ...work))).toMatchObject({
      reason: expect.stringContaining("it took 3 answers"),
    });
    expect(router.explain(grow(short, ...work)).order[0]?.id).toBe("dear");
  });

  it("a model that took over finishes the task, the next one begins anew", () => {
    const models = [named("a/1", [], 9), named("b/2", [], 5), named("c/3", [], 1)];
    for (const strategy of ["manual", "quality_first", "cost_optimized"] as const) {
      const router = new Router({ models, strategy });
      const under = grow(ask("Refactor this"), answer("b", "2"), { role: "tool", content: [] });
      expect(router.explain(under)).toMatchObject({ reason: `${strategy}: it is at work on this task` });
      expect(router.explain(under).order[0]?.id).toBe("2");
      expect(router.explain(grow(under, answer("b", "2"), user)).order[0]?.id).toBe("1");
    }
  });

  it("latency_first: whoever answered last goes on, unless it may not any more", async () => {
    const slow = named("a/slow", [{ text: "1", delayMs: 60 }]);
    const fast = named("b/fast", ["1"]);
    const router = new Router({ models: [slow, fast], strategy: "latency_first" });
    await readAll(router.stream(ask(), quiet));
    await readAll(router.stream(ask(), quiet));
    expect(router.explain(ask()).order[0]).toBe(fast);
    expect(router.explain(grow(ask(), answer("a", "slow"), user)).order[0]).toBe(slow);
    expect(router.explain(grow(ask(), answer("a", "gone"), user)).order[0]).toBe(fast);
  });
});

describe("Router.explain()", () => {
  it("calls nobody, changes nothing and gives the same answer again", async () => {
    const models = [named("a/1", ["one", "two"]), named("b/2", ["one", "two"])];
    for (const strategy of ["manual", "cost_optimized", "quality_first", "latency_first"] as const) {
      const router = new Router({ models, strategy });
      const request = Object.freeze(ask());
      const first = router.explain(request);
      expect(router.explain(request)).toEqual(first);
      expect(first.reason).toContain(strategy);
    }
    expect(models.flatMap(({ requests }) => requests)).toEqual([]);
  });
});

describe("Router.stream()", () => {
  it("closes the model's stream when the reader leaves", async () => {
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
    for await (const part of new Router({ models: [model] }).stream(ask(), quiet))
      if (part.type === "text-delta") break;
    expect(isClosed).toBe(true);
  });

  it("leaves a silent model for the next one, under the limits of whoever calls it", async () => {
    const silent = handMade([
      async function* () {
        await new Promise(() => {});
        yield text("never");
      },
    ]);
    const router = new Router({ models: [silent, named("b/2", ["hello"])] });
    const model = reliableModel(router, { firstChunkMs: 30, maxRetries: 0 });
    const parts = await readAll(model.stream(ask(), quiet));
    expect(textOf(parts)).toBe("hello");
    expect(parts.find(({ type }) => type === "model-fallback")).toMatchObject({ from: "p/m", to: "b/2" });
  });
});
