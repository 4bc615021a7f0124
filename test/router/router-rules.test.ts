import { describe, expect, it } from "vitest";

import { ProviderError } from "../../src/errors/index.ts";
import { Router, type RouterOptions } from "../../src/router/index.ts";
import type { Model, ModelInfo, ModelRequest } from "../../src/spec/index.ts";
import { fakeClock, scriptedModel, type ScriptedStep } from "../../src/testing/index.ts";
import { ask, busy, finish, handMade, readAll, text, textOf } from "./models.ts";

const quiet = { signal: new AbortController().signal };

function named(name: string, steps: Iterable<ScriptedStep> = [], info: Partial<ModelInfo> = {}) {
  const [provider = "", id = ""] = name.split("/");
  const model = scriptedModel(steps, { provider, id, pricing: { input: 1, output: 1 } });
  return { ...model, info: { id, provider, pricing: { input: 1, output: 1 }, ...info }, requests: model.requests };
}

function excludedOf(options: RouterOptions, request = ask()): readonly string[] {
  return new Router(options).explain(request).excluded.map(({ model, reason }) => `${model}: ${reason}`);
}

/** Lets everything run that waits for nothing but its turn. */
async function settled(): Promise<void> {
  await new Promise((resolve) => setImmediate(resolve));
}

function* forever(step: ScriptedStep): Generator<ScriptedStep> {
  for (;;) yield step;
}

describe("Router constraints refuse", () => {
  const first = named("a/1", forever("one"));
  const second = named("b/2", forever("two"));
  const models = [first, second];

  it("a model whose region nobody knows, or that is in another one", () => {
    const constraints = { regions: ["eu"], traits: { a: { region: "us" } } };
    expect(excludedOf({ models, constraints })).toEqual([
      "a/1: its region is us and must be eu",
      "b/2: its region is not known and must be eu",
    ]);
    const placed = { ...constraints, traits: { "b/2": { region: "eu" }, b: { region: "us" } } };
    expect(excludedOf({ models, constraints: placed })).toEqual(["a/1: its region is not known and must be eu"]);
  });

  it("a model that is not cleared for every label of the data", () => {
    const traits = { a: { clearedFor: ["internal"] }, b: { clearedFor: ["internal", "personal"] } };
    expect(excludedOf({ models, constraints: { dataLabels: ["internal", "personal"], traits } })).toEqual([
      "a/1: it is not cleared for data labelled personal",
    ]);
    expect(excludedOf({ models, constraints: { dataLabels: ["secret"] } })).toHaveLength(2);
  });

  it("a price above the limit, in any tier, and a price that nobody knows", () => {
    const tiers = [{ inputTokensAbove: 10, input: 3, output: 9 }];
    const tiered = named("c/3", [], { pricing: { input: 1, output: 1, tiers } });
    const { info: _info, ...unpriced } = named("d/4");
    expect(excludedOf({ models: [...models, tiered, unpriced], constraints: { maxInputPrice: 2 } })).toEqual([
      "c/3: a million tokens of input cost 3 USD, above 2",
      "d/4: its price is not known and must not be above a limit",
    ]);
    expect(excludedOf({ models: [tiered], constraints: { maxOutputPrice: 8.9 } })).toHaveLength(1);
  });

  it("a request that is too long, has images or needs tools, where the model is known not to take it", () => {
    const small = named("c/3", [], { contextWindow: 100, capabilities: { tools: false, vision: false } });
    const only = [small];
    expect(excludedOf({ models: only }, ask("x".repeat(500)))[0]).toMatch(/about 125 tokens .* window is 100/);
    const tools = [{ name: "T", description: "", inputSchema: {} }];
    expect(excludedOf({ models: only }, ask("x", { tools }))).toEqual(["c/3: it cannot call tools"]);
    const image = { role: "user", content: [{ type: "image", url: "https://x" }] } as const;
    expect(excludedOf({ models: only }, ask("x", { messages: [image] }))).toEqual(["c/3: it cannot see images"]);
    expect(excludedOf({ models: only })).toEqual([]);
    expect(excludedOf({ models: [named("d/4")] }, ask("x", { tools, messages: [image] }))).toEqual([]);
  });

  it("also a fallback, a hedge and the cheapest of an economy", async () => {
    const constraints = { regions: ["eu"], traits: { a: { region: "eu" } } };
    const failing = named("a/1", forever(busy()));
    const router = new Router({ models: [failing, second], constraints, hedge: { afterMs: 0 }, breaker: false });
    await expect(readAll(router.stream(ask(), quiet))).rejects.toThrow("busy");
    expect(second.requests).toHaveLength(0);
    expect(router.explain(ask(), { economy: true }).order).toEqual([failing]);
  });

  it("with a function beside the rules, whose throw goes up", () => {
    const constraints = {
      regions: ["eu"],
      traits: { a: { region: "eu" }, b: { region: "eu" } },
      allow: ({ id }: Model) => id === "2",
    };
    expect(excludedOf({ models, constraints })).toEqual(["a/1: refused by constraints"]);
  });
});

describe("Router.explain()", () => {
  it("takes the cheapest model that may answer when the budget runs low", () => {
    const dear = named("a/dear", [], { pricing: { input: 9, output: 9 } });
    const router = new Router({ models: [dear, named("b/cheap")], strategy: "quality_first" });
    expect(router.explain(ask()).order[0]?.id).toBe("dear");
    expect(router.explain(ask(), { economy: true })).toMatchObject({ reason: expect.stringContaining("economy") });
    expect(router.route(ask(), { economy: true })[0]?.id).toBe("cheap");
  });

  it.each([
    ["steps", "First look. Then read. After that count. Finally tell me.", "3 steps (more than 2)"],
    ["files", "Compare a.ts, src/b.ts and lib/c.ts", "3 files (more than 2)"],
    ["work with tools", "Create a page, test and deploy", "3 kinds of work with tools (more than 2)"],
    ["vague words", "Make something better", "2 vague words (more than 1)"],
    ["a word of the host", "Look at the ledger", 'the word "ledger"'],
  ])("tells what makes a task demanding: %s", (_what, prompt, reason) => {
    const models = [named("a/dear", [], { pricing: { input: 9, output: 9 } }), named("b/cheap")];
    const simpleTask = { demandingWords: ["ledger"] };
    const route = new Router({ models, strategy: "cost_optimized", simpleTask }).explain(ask(prompt));
    expect(route.reason).toBe(`cost_optimized: not a simple task: ${reason}`);
    expect(route.order[0]?.id).toBe("dear");
  });

  it("lets every limit and the whole judgement be changed", () => {
    const models = [named("a/dear", [], { pricing: { input: 9, output: 9 } }), named("b/cheap")];
    const pick = (simpleTask: NonNullable<RouterOptions["simpleTask"]>, request: ModelRequest) =>
      new Router({ models, strategy: "cost_optimized", simpleTask }).explain(request).order[0]?.id;
    expect(pick({ maxCharacters: 5 }, ask("What is it?"))).toBe("dear");
    expect(pick({ maxSteps: 9 }, ask("Then then next finally"))).toBe("cheap");
    expect(pick(() => true, ask("Refactor everything"))).toBe("cheap");
    const never: unknown = () => "yes";
    expect(pick(never as () => boolean, ask("Hi"))).toBe("dear");
  });
});

describe("Router leaves a provider that fails alone", () => {
  it("opens after failures in a row, lets one call try after a while, and closes when that one is answered", async () => {
    const clock = fakeClock();
    let isDown = true;
    const steps = forever(() => (isDown ? busy() : "back"));
    const [first, second] = [named("a/1", steps), named("b/2", forever("second"))];
    const router = new Router({ models: [first, second], clock, breaker: { failures: 3, openMs: 1000 } });
    const answer = async (): Promise<string> => textOf(await readAll(router.stream(ask(), quiet)));
    for (let call = 0; call < 5; call += 1) expect(await answer()).toBe("second");
    expect(first.requests).toHaveLength(3);
    expect(router.explain(ask()).excluded).toEqual([
      { model: "a/1", reason: "a failed too often: left alone for 1 s" },
    ]);
    await clock.advance(1001);
    // The trial fails: twice as long.
    expect(await answer()).toBe("second");
    expect(first.requests).toHaveLength(4);
    await clock.advance(1500);
    expect(await answer()).toBe("second");
    expect(first.requests).toHaveLength(4);
    await clock.advance(1000);
    isDown = false;
    expect(await answer()).toBe("back");
    expect(await answer()).toBe("back");
  });

  it("lets one call at a time try", async () => {
    const clock = fakeClock();
    const slow = forever(() => busy());
    const [first, second] = [named("a/1", slow), named("b/2", forever("second"))];
    const router = new Router({ models: [first, second], clock, breaker: { failures: 1, openMs: 10 } });
    await readAll(router.stream(ask(), quiet)).catch(() => {});
    await clock.advance(11);
    const both = [router, router].map((each) => readAll(each.stream(ask(), quiet)));
    await Promise.allSettled(both);
    // The failure that opened it, and one trial.
    expect(first.requests).toHaveLength(2);
  });

  it("waits as long as the provider asked", async () => {
    const clock = fakeClock();
    const [first, second] = [named("a/1", [busy({ retryAfterMs: 5000 }), "one"]), named("b/2", forever("two"))];
    const router = new Router({ models: [first, second], clock });
    expect(textOf(await readAll(router.stream(ask(), quiet)))).toBe("two");
    expect(textOf(await readAll(router.stream(ask(), quiet)))).toBe("two");
    await clock.advance(5001);
    expect(textOf(await readAll(router.stream(ask(), quiet)))).toBe("one");
  });

  it("asks one all the same when all of them failed, and never counts a refused request", async () => {
    const clock = fakeClock();
    const bad = new ProviderError("bad", { provider: "a", status: 400, isRetryable: false });
    const model = named("a/1", [bad, bad, bad, busy(), "at last"]);
    const router = new Router({ models: [model], clock, breaker: { failures: 1, openMs: 1000 } });
    for (let call = 0; call < 3; call += 1) await readAll(router.stream(ask(), quiet)).catch(() => {});
    expect(router.explain(ask()).excluded).toEqual([]);
    await readAll(router.stream(ask(), quiet)).catch(() => {});
    expect(textOf(await readAll(router.stream(ask(), quiet)))).toBe("at last");
  });
});

describe("Router keeps to rates", () => {
  it("waits for a turn, conversation by conversation", async () => {
    const clock = fakeClock();
    const order: string[] = [];
    const model = named("a/1", forever("x"));
    const router = new Router({
      models: [model],
      clock,
      rateLimits: { a: { requestsPerMinute: 1, maxWaitMs: 600_000 } },
    });
    const calls = ["p", "p", "p", "q"].map(async (sessionId) => {
      await readAll(router.stream(ask(), { ...quiet, sessionId }));
      order.push(sessionId);
    });
    await settled();
    await clock.advance(600_000);
    await Promise.all(calls);
    // The first goes at once; then the conversations take turns.
    expect(order).toEqual(["p", "p", "q", "p"]);
  });

  it("asks the next model when a turn would take too long", async () => {
    const clock = fakeClock();
    const [first, second] = [named("a/1", forever("one")), named("b/2", forever("two"))];
    const rateLimits = { "a/1": { tokensPerMinute: 100, maxWaitMs: 1000 } };
    const router = new Router({ models: [first, second], clock, rateLimits });
    const request = ask("Hi", { maxOutputTokens: 90 });
    expect(textOf(await readAll(router.stream(request, quiet)))).toBe("one");
    // What the answer did not use was given back: the next one still does not fit at once.
    const next = readAll(router.stream(ask("Hi", { maxOutputTokens: 99 }), quiet));
    await settled();
    await clock.advance(1001);
    const parts = await next;
    expect(textOf(parts)).toBe("two");
    expect(parts.find(({ type }) => type === "model-fallback")).toMatchObject({ mayBeBilled: false });
  });

  it("calls nobody for a reader that left while it waited", async () => {
    const clock = fakeClock();
    const model = named("a/1", forever("x"));
    const router = new Router({ models: [model], clock, rateLimits: { a: { requestsPerMinute: 1 } } });
    await readAll(router.stream(ask(), quiet));
    const parts = router.stream(ask(), quiet)[Symbol.asyncIterator]();
    await parts.next();
    const waiting = parts.next();
    await settled();
    await parts.return?.();
    await clock.advance(600_000);
    expect(await waiting).toMatchObject({ done: true });
    expect(model.requests).toHaveLength(1);
  });

  it("leaves the line on abort, and no timer behind", async () => {
    const fake = fakeClock();
    let sleeping = 0;
    const sleep: typeof fake.sleep = (...given) => {
      sleeping += 1;
      return fake.sleep(...given).finally(() => (sleeping -= 1));
    };
    const clock = { ...fake, sleep };
    const router = new Router({
      models: [named("a/1", forever("x"))],
      clock,
      rateLimits: { a: { requestsPerMinute: 1 } },
    });
    await readAll(router.stream(ask(), quiet));
    const controller = new AbortController();
    const waiting = readAll(router.stream(ask(), controller));
    await settled();
    expect(sleeping).toBe(2);
    controller.abort(new Error("enough"));
    await expect(waiting).rejects.toThrow("enough");
    await settled();
    expect(sleeping).toBe(0);
  });

  it("gives the turn of one that left to the next, whose wait may be shorter", async () => {
    const clock = fakeClock();
    const model = named("a/1", forever({ text: "x", usage: { input: 100, output: 0 } }));
    const router = new Router({ models: [model], clock, rateLimits: { a: { tokensPerMinute: 100 } } });
    await readAll(router.stream(ask("Go", { maxOutputTokens: 80 }), quiet));
    const controller = new AbortController();
    const read = (maxOutputTokens: number, sessionId: string, { signal }: { readonly signal: AbortSignal }) =>
      readAll(router.stream(ask("Go", { maxOutputTokens }), { signal, sessionId }));
    const large = read(70, "p", controller);
    let isServed = false;
    const small = read(1, "q", quiet).then(() => (isServed = true));
    await settled();
    controller.abort(new Error("enough"));
    await expect(large).rejects.toThrow("enough");
    await clock.advance(20_000);
    await settled();
    expect(isServed).toBe(true);
    await small;
  });
});

describe("Router hedges", () => {
  const silent = (): ScriptedStep => ({ text: "late", delayMs: 5000 });

  it("asks the next model beside a silent one, announces it first, and closes the other", async () => {
    const [first, second] = [named("a/1", [silent()]), named("b/2", ["quick"])];
    const router = new Router({ models: [first, second], hedge: { afterMs: 5 } });
    const seen: string[] = [];
    for await (const part of router.stream(ask(), quiet)) {
      seen.push(part.type);
      // Whoever pays may still refuse.
      if (part.type === "model-hedge") expect(second.requests).toHaveLength(0);
    }
    expect(seen).toEqual(["model-select", "model-hedge", "text-delta", "finish"]);
    expect(first.requests).toHaveLength(1);
  });

  it("goes on with the one that is left when the other fails", async () => {
    const [first, second] = [named("a/1", [{ text: "late", delayMs: 30 }]), named("b/2", [busy()])];
    const router = new Router({ models: [first, second], hedge: { afterMs: 5 } });
    expect(textOf(await readAll(router.stream(ask(), quiet)))).toBe("late");
  });

  it("asks nobody when the first one speaks in time", async () => {
    const [first, second] = [named("a/1", ["quick"]), named("b/2", ["never"])];
    const router = new Router({ models: [first, second], hedge: { afterMs: 1000 } });
    const parts = await readAll(router.stream(ask(), quiet));
    expect(second.requests).toHaveLength(0);
    // Nothing of what came while it was watched is lost.
    expect(parts.map(({ type }) => type)).toEqual(["model-select", "text-delta", "finish"]);
  });

  it("passes on every part and every failure that comes while it watches", async () => {
    const talking = handMade([
      async function* () {
        yield { type: "ping" };
        yield text("a");
        yield text("b");
        yield finish;
      },
    ]);
    const router = new Router({ models: [talking, named("b/2")], hedge: { afterMs: 1000 } });
    const types = (await readAll(router.stream(ask(), quiet))).map(({ type }) => type);
    expect(types).toEqual(["model-select", "ping", "text-delta", "text-delta", "finish"]);
    const failing = new Router({ models: [named("a/1", [busy()]), named("b/2", ["two"])], hedge: { afterMs: 1000 } });
    const parts = await readAll(failing.stream(ask(), quiet));
    expect(parts.map(({ type }) => type)).toEqual(["model-select", "model-fallback", "text-delta", "finish"]);
    const alone = new Router({ models: [named("a/1", [busy()]), named("b/2", [busy()])], hedge: { afterMs: 0 } });
    await expect(readAll(alone.stream(ask(), quiet))).rejects.toThrow("busy");
  });
});

it("Router calls a model only when the part that announces it was read and the stream is read on", async () => {
  const [first, second] = [named("a/1", [busy()]), named("b/2", ["two"])];
  const parts = new Router({ models: [first, second] }).stream(ask(), quiet)[Symbol.asyncIterator]();
  expect(await parts.next()).toMatchObject({ value: { type: "model-select" } });
  expect(first.requests).toHaveLength(0);
  expect(await parts.next()).toMatchObject({ value: { type: "model-fallback" } });
  expect([first.requests.length, second.requests.length]).toEqual([1, 0]);
  await parts.return?.();
  expect(await parts.next()).toMatchObject({ done: true });
  expect(second.requests).toHaveLength(0);
});

it("Router asks no member for more output than it gives", async () => {
  const model = named("a/1", ["one"], { maxOutputTokens: 10 });
  await readAll(new Router({ models: [model] }).stream(ask("Hi", { maxOutputTokens: 100 }), quiet));
  expect(model.requests[0]?.maxOutputTokens).toBe(10);
});

it("Router passes parts through without a promise each once the first token came", async () => {
  const model: Model = {
    provider: "a",
    id: "1",
    stream: () => {
      const parts = [text("a"), text("b"), text("c")];
      return {
        [Symbol.asyncIterator]: () => ({
          next: async () => ({ done: false, value: parts.shift() ?? text("z") }),
          ready: () => parts.shift(),
        }),
      };
    },
  };
  const stream = new Router({ models: [model] }).stream(ask(), quiet)[Symbol.asyncIterator]();
  await stream.next();
  await stream.next();
  // The iterator of a router is a `PartIterator`.
  const { ready } = stream as { readonly ready?: () => unknown };
  expect(ready?.call(stream)).toEqual(text("b"));
  expect(ready?.call(stream)).toEqual(text("c"));
  expect(ready?.call(stream)).toBeUndefined();
});
