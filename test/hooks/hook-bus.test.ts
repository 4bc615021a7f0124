import { describe, expect, test } from "vitest";

import { HookBus, type HookVerdict } from "../../src/hooks/index.ts";
import { NO_LABELS } from "../../src/labels/index.ts";
import type { HookEvents, Result } from "../../src/spec/index.ts";

const scope = { sessionId: "s1", agent: "main", cwd: "/", labels: NO_LABELS };
const { signal } = new AbortController();

function call(
  name = "Bash",
  args: HookEvents["beforeToolCall"]["args"] = { command: "ls" },
): HookEvents["beforeToolCall"] {
  return { ...scope, toolUseId: "t1", name, args };
}

/** Results don't matter to hooks that only hear that a run ended. */
const ended: HookEvents["sessionEnd"] = { ...scope, result: {} as Result };

describe("HookBus denies", () => {
  test.each([
    [
      "throws",
      () => {
        throw new Error("boom");
      },
    ],
    [
      "rejects",
      async () => {
        throw new Error("boom");
      },
    ],
    [
      "throws undefined",
      () => {
        throw undefined;
      },
    ],
    ["returns true", () => true],
    ["returns a string", () => "allow"],
    ["returns an unknown type", () => ({ type: "allow" })],
    ["returns an object without a type", async () => ({ blocked: true })],
    ["denies without a reason", () => ({ type: "deny" })],
    ["modifies without arguments", () => ({ type: "modify" })],
    ["modifies to a list", () => ({ type: "modify", args: ["x"] })],
    ["modifies to what is not JSON", () => ({ type: "modify", args: { at: new Date() } })],
    ["modifies to NaN", () => ({ type: "modify", args: { at: Number.NaN } })],
    [
      "modifies to a ring",
      () => {
        const ring: Record<string, unknown> = {};
        ring["ring"] = ring;
        return { type: "modify", args: ring };
      },
    ],
    [
      "has a getter that throws",
      () => ({
        get type() {
          throw new Error("boom");
        },
      }),
    ],
    [
      "has a then that throws",
      () => ({
        get then() {
          throw new Error("boom");
        },
      }),
    ],
    ["guides without text", () => ({ type: "guide", text: 1 })],
  ])("when a hook of beforeToolCall %s", async (_name, hook: () => unknown) => {
    const hooks = new HookBus();
    hooks.on("beforeToolCall", hook as () => HookVerdict);
    const outcome = await hooks.run("beforeToolCall", call(), { signal });
    expect(outcome.verdict).toBe("deny");
    expect(outcome.reason).toContain("A hook failed");
  });

  test("when a hook hangs, and aborts its signal", async () => {
    const hooks = new HookBus();
    let isAborted = false;
    hooks.on(
      "beforeToolCall",
      (_payload, context) => {
        context.signal.addEventListener("abort", () => (isAborted = true));
        return new Promise(() => {});
      },
      { timeoutMs: 20 },
    );
    const outcome = await hooks.run("beforeToolCall", call(), { signal });
    expect(outcome).toMatchObject({ verdict: "deny", reason: "A hook failed: it took longer than 20 ms" });
    expect(isAborted).toBe(true);
  });

  test("when a matcher throws", async () => {
    const hooks = new HookBus();
    hooks.on("beforeToolCall", () => undefined, {
      matcher: () => {
        throw new Error("boom");
      },
    });
    expect((await hooks.run("beforeToolCall", call(), { signal })).verdict).toBe("deny");
  });

  test.each(["beforePrompt", "beforeModelCall"] as const)("when a hook of %s throws", async (event) => {
    const hooks = new HookBus();
    hooks.on(event, () => {
      throw new Error("boom");
    });
    const request = { messages: [], tools: [] };
    const outcome = await hooks.run(event, { ...scope, prompt: "", turn: 1, request }, { signal });
    expect(outcome.verdict).toBe("deny");
  });

  test("when a hook modifies something else than a tool call", async () => {
    const hooks = new HookBus();
    hooks.on("beforePrompt", () => ({ type: "modify", args: {} }));
    expect((await hooks.run("beforePrompt", { ...scope, prompt: "x" }, { signal })).verdict).toBe("deny");
  });

  test("for good: a later hook cannot take a denial back and is not asked", async () => {
    const hooks = new HookBus();
    let isAsked = false;
    hooks.on("beforeToolCall", () => ({ type: "deny", reason: "no" }));
    hooks.on("beforeToolCall", () => {
      isAsked = true;
      return { type: "proceed" };
    });
    expect(await hooks.run("beforeToolCall", call(), { signal })).toMatchObject({ verdict: "deny", reason: "no" });
    expect(isAsked).toBe(false);
  });
});

describe("HookBus rejects", () => {
  test("an unknown event, with a suggestion", () => {
    // @ts-expect-error an event that does not exist
    expect(() => new HookBus().on("beforeToolcal", () => undefined)).toThrow(/Did you mean "beforeToolCall"/);
    // @ts-expect-error a name that every object has
    expect(() => new HookBus().on("constructor", () => undefined)).toThrow(TypeError);
  });

  test("a hook that is no function", () => {
    // @ts-expect-error not a function
    expect(() => new HookBus().on("beforePrompt", "rm")).toThrow(TypeError);
  });

  test("a tool matcher on an event that has no tool", () => {
    expect(() => new HookBus().on("beforePrompt", () => undefined, { matcher: "Bash" })).toThrow(TypeError);
  });

  test.each([{ timeoutMs: 0 }, { timeoutMs: Number.NaN }, { timeoutMs: 2 ** 31 }, { order: Number.NaN }])(
    "options out of range: %j",
    (options) => expect(() => new HookBus().on("beforePrompt", () => undefined, options)).toThrow(RangeError),
  );

  test.each([
    { matcher: [] },
    { matcher: "" },
    { matcher: [1] },
    { matcher: "Edit|Write" },
    { matcher: ["Bash(git *)"] },
    { onError: "allow" },
    { timeout: 5 },
  ])("options in an unknown form: %j", (options) =>
    expect(() => new HookBus().on("beforeToolCall", () => undefined, options as object)).toThrow(TypeError),
  );

  test("run() with the signal's reason when the run is aborted while a hook works", async () => {
    const hooks = new HookBus();
    const controller = new AbortController();
    hooks.on("beforeToolCall", async () => {
      controller.abort("stop");
      await new Promise(() => {});
    });
    await expect(hooks.run("beforeToolCall", call(), controller)).rejects.toBe("stop");
    await expect(hooks.run("beforeToolCall", call(), controller)).rejects.toBe("stop");
  });
});

describe("HookBus", () => {
  test("proceeds without hooks", async () => {
    const hooks = new HookBus();
    expect(hooks.has("beforeToolCall")).toBe(false);
    expect(await hooks.run("beforeToolCall", call(), { signal })).toEqual({
      verdict: "proceed",
      guidance: [],
      failures: [],
    });
  });

  test("joins verdicts: modifications add up, later hooks see them, ask is kept, guidance is collected", async () => {
    const hooks = new HookBus();
    const seen: unknown[] = [];
    hooks.on("pre_tool_use", ({ args }) => ({ type: "modify", args: { ...args, first: 1 } }));
    hooks.on("beforeToolCall", async ({ args }) => {
      seen.push(args);
      return { type: "modify", args: { ...args, second: [2] } };
    });
    hooks.on("beforeToolCall", () => ({ type: "ask", reason: "look" }));
    hooks.on("beforeToolCall", () => ({ type: "ask", reason: "later" }));
    hooks.on("beforeToolCall", () => ({ type: "guide", text: "be careful" }));
    const outcome = await hooks.run("beforeToolCall", call(), { signal });
    expect(seen).toEqual([{ command: "ls", first: 1 }]);
    expect(outcome).toMatchObject({ verdict: "ask", reason: "look", guidance: ["be careful"] });
    expect(outcome.args).toEqual({ command: "ls", first: 1, second: [2] });
  });

  test("keeps its own copy of modified arguments", async () => {
    const hooks = new HookBus();
    const args = { command: "ls" };
    hooks.on("beforeToolCall", () => ({ type: "modify", args }));
    const outcome = await hooks.run("beforeToolCall", call(), { signal });
    args.command = "rm -rf /";
    expect(outcome.args).toEqual({ command: "ls" });
    expect(Object.isFrozen(outcome.args)).toBe(true);
  });

  test("runs before-hooks in the order of addition and after-hooks in the reverse, `order` first", async () => {
    const hooks = new HookBus();
    const heard: string[] = [];
    const listen = (name: string) => () => void heard.push(name);
    hooks.on("beforePrompt", listen("b1"));
    hooks.on("beforePrompt", listen("b2"));
    hooks.on("beforePrompt", listen("b0"), { order: -1 });
    hooks.on("sessionEnd", listen("a1"));
    hooks.on("agent_stop", listen("a2"));
    await hooks.run("beforePrompt", { ...scope, prompt: "" }, { signal });
    await hooks.emit("session_end", ended);
    expect(heard).toEqual(["b0", "b1", "b2", "a2", "a1"]);
  });

  test("notes failures of observing hooks and goes on", async () => {
    const hooks = new HookBus();
    let isHeard = false;
    hooks.on("sessionEnd", () => void (isHeard = true));
    hooks.on("sessionEnd", () => {
      throw new Error("boom");
    });
    hooks.on("sessionEnd", () => ({ type: "deny", reason: "too late" }));
    const outcome = await hooks.run("sessionEnd", ended, { signal });
    expect(outcome.verdict).toBe("proceed");
    expect(outcome.failures).toHaveLength(2);
    expect(isHeard).toBe(true);
  });

  test("can be told to deny or to ignore failures", async () => {
    const lenient = new HookBus();
    lenient.on(
      "beforeToolCall",
      () => {
        throw new Error("boom");
      },
      { onError: "ignore" },
    );
    expect(await lenient.run("beforeToolCall", call(), { signal })).toMatchObject({
      verdict: "proceed",
      failures: ["A hook of beforeToolCall failed: boom"],
    });
  });

  test.each([
    ["Bash", "Bash", true],
    ["Bash", "BashX", false],
    ["Bash", "bash", false],
    ["mcp__*", "mcp__github__create", true],
    ["mcp__*", "Bash", false],
    ["*", "anything", true],
    ["a.c", "abc", false],
    ["a*b*c", "a-b-c", true],
    [["Read", "Write"], "Write", true],
    [["Read", "Write"], "WriteX", false],
    [/^mcp__/g, "mcp__x", true],
  ] as const)("matches %s against %s: %s", async (matcher, name, isMatch) => {
    const hooks = new HookBus();
    let count = 0;
    hooks.on("beforeToolCall", () => void (count += 1), { matcher });
    await hooks.run("beforeToolCall", call(name), { signal });
    await hooks.run("beforeToolCall", call(name), { signal });
    expect(count).toBe(isMatch ? 2 : 0);
  });

  test("matches a hostile tool name in linear time", async () => {
    const hooks = new HookBus();
    hooks.on("beforeToolCall", () => ({ type: "deny", reason: "matched" }), { matcher: "*************x" });
    expect((await hooks.run("beforeToolCall", call("a".repeat(100_000)), { signal })).verdict).toBe("proceed");
  });

  test("removes hooks, each addition once, also while the event runs", async () => {
    const hooks = new HookBus();
    let count = 0;
    const hook = (): void => void (count += 1);
    const remove = hooks.on("beforePrompt", hook);
    hooks.on("beforePrompt", hook);
    remove();
    remove();
    await hooks.run("beforePrompt", { ...scope, prompt: "" }, { signal });
    expect(count).toBe(1);
    const removeSelf: () => void = hooks.on("beforePrompt", () => removeSelf());
    hooks.on("beforePrompt", hook);
    await hooks.run("beforePrompt", { ...scope, prompt: "" }, { signal });
    expect(count).toBe(3);
  });

  test("observe() hears the payload and the outcome, and cannot break the run", async () => {
    const hooks = new HookBus();
    const heard: string[] = [];
    hooks.observe("beforeToolCall", () => {
      throw new Error("boom");
    });
    hooks.observe("beforeToolCall", async () => {
      throw new Error("boom");
    });
    const remove = hooks.observe("beforeToolCall", ({ name }, { verdict }) => heard.push(`${name} ${verdict}`));
    expect(hooks.has("beforeToolCall")).toBe(true);
    await hooks.run("beforeToolCall", call(), { signal });
    remove();
    await hooks.run("beforeToolCall", call(), { signal });
    expect(heard).toEqual(["Bash proceed"]);
  });
});
