import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { z } from "zod";

import { BudgetTracker } from "../../src/budget/index.ts";
import { checkOptions } from "../../src/harness/check-options.ts";
import { hasCredentials } from "../../src/harness/credentials.ts";
import { createHarness, defineTool, run } from "../../src/index.ts";
import type { Message, RunOptions, RunOverrides } from "../../src/index.ts";
import { memoryStore } from "../../src/session/index.ts";
import { fakeClock, scriptedModel, type ScriptedStep } from "../../src/testing/index.ts";
import { withLongerLimits } from "../longer-limits.ts";

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "harness-options-"));
});
afterEach(async () => {
  await rm(folder, { recursive: true, force: true });
});

function options(parts: RunOptions = {}): RunOptions {
  return { cwd: folder, env: { HOME: folder, PATH: process.env["PATH"] }, tools: [], audit: false, ...parts };
}

async function put(path: string, text: string): Promise<void> {
  await mkdir(join(folder, path, ".."), { recursive: true });
  await writeFile(join(folder, path), text);
}

const change = defineTool({
  name: "Change",
  description: "Changes something",
  input: z.object({ file_path: z.string().optional() }),
  effect: "write",
  execute: () => "changed",
});

const callChange: ScriptedStep = { toolCalls: [{ name: "Change", args: {} }] };

async function outcomeOf(parts: RunOptions, step: ScriptedStep = callChange): Promise<Message | undefined> {
  const all: Message[] = [];
  const model = scriptedModel([step, "Done."]);
  for await (const message of run("Go", options({ model, tools: [change], ...parts }))) all.push(message);
  return all.find(({ type }) => type === "tool_result");
}

describe("checkOptions() refuses what would have no effect", () => {
  it.each([
    [{ stall: {} }, RangeError],
    [{ stall: 3 }, TypeError],
    [{ stall: { repeat: 3 } }, TypeError],
    [{ budget: { maxCosts: 1 } }, TypeError],
    [{ budget: 5 }, TypeError],
    [{ permissions: { denied: ["Bash"] } }, TypeError],
    [{ retry: { maxRetry: 1 } }, TypeError],
    [{ retry: { maxRetries: -1 } }, RangeError],
    [{ network: { allowed: [] } }, TypeError],
    [{ sandbox: { mode: "process", memoryMb: 5 } }, TypeError],
    [{ sandbox: "process", sandboxMode: "docker" }, TypeError],
    [{ audit: { directory: "x" } }, TypeError],
    [{ audit: true }, TypeError],
    [{ session: { sessionId: "x" } }, TypeError],
    [{ reasoning: { efort: "high" } }, TypeError],
    [{ reasoning: { effort: "hgih" } }, TypeError],
    [{ hooks: [{ event: "sessionEnd", run: () => {}, onEror: "deny" }] }, TypeError],
    [{ router: { models: [], fallback: [] } }, TypeError],
    [{ tools: "Read" }, TypeError],
    [{ filters: [{ name: "no filter" }] }, TypeError],
    [{ signal: {} }, TypeError],
    [{ model: 5 }, TypeError],
    [{ model: ["gpt-5"] }, TypeError],
    [{ directories: "/tmp" }, TypeError],
    [{ policy: {} }, TypeError],
    [{ risk: { enviroment: "x" } }, TypeError],
    // Spread into a list, the text would be rules for tools named "B", "a", "s" and "h": a denial without effect.
    [{ permissions: { deny: "Bash" } }, TypeError],
    [{ permissions: ["Bash"] }, TypeError],
    [{ tools: [null] }, TypeError],
    [{ tools: [{ name: "Own" }] }, TypeError],
    [{ directories: [5] }, TypeError],
    [{ skills: [5] }, TypeError],
    [{ onApproval: "ask" }, TypeError],
    [{ onApproval: { decides: () => true } }, TypeError],
    [{ outputSchema: {} }, TypeError],
    [{ outputSchema: { type: "object", properties: {} } }, TypeError],
    [{ reasoning: { maxTokens: -1 } }, RangeError],
    [{ budget: { maxCost: NaN } }, RangeError],
    [{ budget: { maxTokens: "1000" } }, RangeError],
    [{ session: Promise.resolve(memoryStore()) }, TypeError],
    [{ session: { store: Promise.resolve(memoryStore()) } }, TypeError],
    [{ audit: Promise.resolve() }, TypeError],
    [{ cwd: "" }, TypeError],
    [{ provider: "" }, TypeError],
    [{ model: " " }, TypeError],
    [{ baseUrl: "" }, TypeError],
    [{ baseUrl: "not a url" }, TypeError],
    [{ baseUrl: "file:///etc/passwd" }, TypeError],
    [{ apiKey: "" }, TypeError],
  ])("%j", (given, error) => {
    expect(() => checkOptions(given, "run")).toThrow(error);
  });

  it.each([[null], [5], ["x"], [[]], [Promise.resolve({})]])("%j in place of options", (given) => {
    expect(() => checkOptions(given, "run")).toThrow(/^options must be an object/);
  });

  it("a signal of a harness: it is one of a run", () => {
    expect(() => checkOptions({ signal: AbortSignal.abort() }, "harness")).toThrow(/"signal".*run/);
    expect(() => checkOptions({ signal: undefined }, "harness")).not.toThrow();
  });

  it.each([
    [{ maxTurns: NaN }, "not NaN"],
    [{ maxTurns: Infinity }, "not Infinity"],
    [{ maxTurns: null }, "not null"],
    [{ maxTurns: "5" }, 'not "5"'],
    [{ maxTurns: [5] }, "not a list"],
    [{ permissionMode: 3 }, "not 3"],
    [{ session: Promise.resolve(memoryStore()) }, "not a promise: await it"],
    [{ trustProject: "yes" }, 'true, false or "ask"'],
    [{ config: true }, "a path or false"],
    [{ env: null }, "an object"],
  ])("and tells what was given: %j", (given, words) => {
    expect(() => checkOptions(given, "run")).toThrow(words);
  });

  it("and takes what is meant", () => {
    const given = {
      stall: { repeats: 3 },
      budget: new BudgetTracker({ maxCost: 1 }),
      session: memoryStore(),
      sandbox: { mode: "process", limits: { cpuSeconds: 5 } },
      audit: { dir: folder },
      reasoning: { effort: "high" },
      retry: { maxRetries: 0 },
      policy: ["a.yml"],
      permissions: { deny: ["Bash"], allow: undefined },
      tools: ["Read", change],
      onApproval: "pause",
      outputSchema: z.object({}),
      baseUrl: "http://localhost:8000/v1",
    };
    expect(() => checkOptions(given, "run")).not.toThrow();
    // Schemas of some libraries are functions.
    const callable = Object.assign(() => true, { "~standard": z.object({})["~standard"] });
    expect(() => checkOptions({ outputSchema: callable }, "run")).not.toThrow();
  });
});

describe("an override that is undefined", () => {
  it("leaves what the harness was made with", async () => {
    const model = scriptedModel([callChange, callChange, callChange]);
    const harness = await createHarness(options({ model, tools: [change], permissionMode: "plan", maxTurns: 1 }));
    const overrides = { permissionMode: undefined, maxTurns: undefined } as unknown as RunOverrides;
    const result = await harness.run("Go", overrides).result;
    expect(result).toMatchObject({ stopReason: "max_turns", denials: [{ name: "Change" }] });
    await harness[Symbol.asyncDispose]();
  });

  it("leaves the configuration's budget and timeouts", async () => {
    await put(".harness/config.toml", "[router]\nmax_tokens_per_session = 1\n[timeouts]\nturn_ms = 20\n");
    const spent = run("Go", options({ model: scriptedModel(["x"]), budget: { maxTokens: undefined } }));
    await expect(spent.result).resolves.toMatchObject({ stopReason: "budget_exhausted" });
    const timeouts = { turnMs: undefined } as unknown as { readonly turnMs: number };
    const slow = run("Go", options({ model: scriptedModel([{ text: "x", delayMs: 5000 }]), budget: {}, timeouts }));
    await expect(slow.result).resolves.toMatchObject({ stopReason: expect.stringMatching(/timeout|budget/) });
  });

  it("adds its timeouts to those of the harness", async () => {
    const model = scriptedModel([{ text: "x", delayMs: 5000 }]);
    const harness = await createHarness(options({ model, timeouts: { turnMs: 20 } }));
    const { result } = harness.run("Go", { timeouts: { toolMs: 1000 } });
    await expect(result).resolves.toMatchObject({ stopReason: "timeout" });
    await harness[Symbol.asyncDispose]();
  });
});

describe("timeouts", () => {
  it("may be longer than a timer of Node can count", async () => {
    const timeouts = { runMs: 2 ** 40, turnMs: 2 ** 40, firstChunkMs: 2 ** 40, chunkMs: 2 ** 40, toolMs: 2 ** 40 };
    const model = scriptedModel([{ text: "x", delayMs: 30 }]);
    await expect(run("Go", options({ model, timeouts })).result).resolves.toMatchObject({ stopReason: "end_turn" });
  });
});

describe("systemPrompt", () => {
  it.each(["", " \n"])("of %j is none, for every vendor", async (systemPrompt) => {
    const model = scriptedModel(["Hello."]);
    await run("Go", options({ model, systemPrompt, config: false })).text();
    expect(model.requests[0]?.system).toBeUndefined();
  });
});

describe("router", () => {
  it("goes before a model that is given beside it, whatever form that has", async () => {
    const router = { models: [scriptedModel(["Of the router."])] };
    await expect(run("Go", options({ model: scriptedModel(["Of the model."]), router })).text()).resolves.toBe(
      "Of the router.",
    );
  });
});

describe("tools", () => {
  it("that there are not end the run with a code and the nearest name", async () => {
    const result = await run("Go", options({ model: scriptedModel(["Never."]), tools: ["Reed"] })).result;
    expect(result).toMatchObject({ error: { code: "tool_invalid", message: expect.stringContaining('"Read"') } });
  });
});

describe("permissions", () => {
  it("that cannot be read stop the run before it asks a model", async () => {
    const model = scriptedModel(["Never."]);
    const result = await run("Go", options({ model, permissions: { deny: ["Bash("] } })).result;
    expect(result).toMatchObject({ stopReason: "error" });
    expect(model.requests).toHaveLength(0);
  });

  it("take the home of options.env", async () => {
    const step: ScriptedStep = { toolCalls: [{ name: "Change", args: { file_path: join(folder, "secret/key") } }] };
    const permissions = { deny: ["Change(~/secret/**)"] };
    const tool = defineTool({
      name: "Change",
      description: "Changes something",
      input: z.object({ file_path: z.string() }),
      effect: "write",
      pathArgs: ["file_path"],
      execute: () => "changed",
    });
    const result = await outcomeOf({ tools: [tool], permissions, permissionMode: "bypass" }, step);
    expect(result).toMatchObject({ outcome: "denied" });
  });
});

describe("policy", () => {
  const denial = "version: 1\nrules:\n  - tool: Change\n    decision: deny\n";

  it("of the project holds in its subfolders too", async () => {
    await mkdir(join(folder, "project/.git"), { recursive: true });
    await mkdir(join(folder, "project/packages/one"), { recursive: true });
    await put("project/.harness/policy.yml", denial);
    const result = await outcomeOf({ cwd: join(folder, "project/packages/one"), permissionMode: "bypass" });
    expect(result).toMatchObject({ outcome: "denied", decision: { layer: "policy" } });
  });

  it("is not looked for with config: false, also where the host names one", async () => {
    await put(".harness/policy.yml", denial);
    await put("own.yml", "version: 1\nrules:\n  - tool: Bash\n    decision: deny\n");
    const result = await outcomeOf({ config: false, policy: join(folder, "own.yml"), permissionMode: "bypass" });
    expect(result).toMatchObject({ outcome: "completed" });
  });
});

describe("session", () => {
  it("of a run is kept in its own store", async () => {
    const store = memoryStore();
    const harness = await createHarness(options({ model: scriptedModel(["One."]) }));
    await harness.run("Go", { session: { id: "own", store } }).text();
    await expect(store.list()).resolves.toMatchObject([{ sessionId: "own" }]);
    await harness[Symbol.asyncDispose]();
  });

  it("with an id is found again, by another harness too", async () => {
    const first = await createHarness(options({ model: scriptedModel(["Hello Ada."]) }));
    await first.run("I am Ada", { session: "ada" }).text();
    await first[Symbol.asyncDispose]();
    const model = scriptedModel(["Ada."]);
    const second = await createHarness(options({ model }));
    await expect(second.resume("ada", "Who am I?").text()).resolves.toBe("Ada.");
    expect(model.requests[0]?.messages).toHaveLength(3);
    await second[Symbol.asyncDispose]();
  });

  it("that does not exist cannot be resumed, and nothing is left of the attempt", async () => {
    const store = memoryStore();
    const model = scriptedModel(["Never.", "Never."]);
    const harness = await createHarness(options({ model, session: store }));
    for (const input of [undefined, "Go on"]) {
      const result = await harness.resume("nobody", input).result;
      expect(result).toMatchObject({ stopReason: "error", error: { code: "session_not_found" } });
    }
    expect(model.requests).toHaveLength(0);
    await expect(store.list()).resolves.toEqual([]);
    await harness[Symbol.asyncDispose]();
  });

  it("that came to its natural end needs input to go on", async () => {
    const model = scriptedModel(["One.", "Never."]);
    const harness = await createHarness(options({ model }));
    const first = harness.run("Go");
    await first.text();
    const result = await harness.resume(first.sessionId).result;
    expect(result).toMatchObject({ stopReason: "error", error: { code: "session_invalid" } });
    expect(model.requests).toHaveLength(1);
    await harness[Symbol.asyncDispose]();
  });

  it("has one budget of the configuration, however often it is resumed", async () => {
    await put(".harness/config.toml", "[router]\nmax_tokens_per_session = 20000\n");
    const usage = { input: 19_000, output: 500 };
    const harness = await createHarness(options({ model: scriptedModel([{ text: "One.", usage }, "Two."]) }));
    const first = harness.run("Go");
    await first.text();
    await expect(harness.resume(first.sessionId, "x".repeat(3000)).result).resolves.toMatchObject({
      stopReason: "budget_exhausted",
    });
    await harness[Symbol.asyncDispose]();
  });
});

describe("onApproval", () => {
  it("answers the agent's own questions in a harness too", async () => {
    const model = scriptedModel([{ toolCalls: [{ name: "AskUser", args: { question: "Which?" } }] }, "Done."]);
    const onApproval = { decide: async () => true, ask: async () => "The blue one" };
    const harness = await createHarness(options({ model, tools: ["AskUser"], onApproval }));
    await harness.run("Go").text();
    expect(JSON.stringify(model.requests[1]?.messages.at(-1))).toContain("The blue one");
    await harness[Symbol.asyncDispose]();
  });

  it("is told when the question of the agent need not be answered any more", async () => {
    let isAsked = false;
    let wasTold = false;
    const ask = (_question: unknown, { signal }: { readonly signal: AbortSignal }) => {
      isAsked = true;
      return new Promise<string>(() => signal.addEventListener("abort", () => (wasTold = true)));
    };
    const onApproval = { decide: async () => true, ask };
    const result = await withLongerLimits(
      (turnMs) => {
        const model = scriptedModel([{ toolCalls: [{ name: "AskUser", args: { question: "Which?" } }] }]);
        return run("Go", options({ model, tools: ["AskUser"], onApproval, timeouts: { turnMs } })).result;
      },
      () => isAsked,
    );
    expect(result.stopReason).toBe("timeout");
    expect(wasTold).toBe(true);
  });
});

describe("model, provider and router", () => {
  it("a run's own model goes before the harness' router", async () => {
    const routed = scriptedModel(["Routed."]);
    const harness = await createHarness(options({ router: { models: [routed] } }));
    const result = await harness.run("Go", { model: "nobody-knows" }).result;
    expect(result.error?.message).toContain("nobody-knows");
    await expect(harness.run("Go").text()).resolves.toBe("Routed.");
    await harness[Symbol.asyncDispose]();
  });

  it("a local Ollama is looked for where env, configuration and options say, with the given fetch", async () => {
    const seen: string[] = [];
    const server = createServer((request, response) => {
      seen.push(request.url ?? "");
      response.end(JSON.stringify({ models: [{ name: "tiny:1b" }] }));
    });
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    const address = `127.0.0.1:${(server.address() as AddressInfo).port}`;
    const starts: unknown[] = [];
    const look = async (parts: RunOptions): Promise<void> => {
      const current = run("Go", options({ ...parts, signal: AbortSignal.timeout(5000), retry: { maxRetries: 0 } }));
      for await (const message of current) if (message.type === "system") starts.push(message.data);
    };
    try {
      await look({ env: { HOME: folder, OLLAMA_HOST: address } });
      await look({ baseUrl: `http://${address}` });
      await put(".harness/config.toml", `[providers.ollama]\nbase_url = "http://${address}"\n`);
      await look({ trustProject: true });
      let fetched = 0;
      const counting: typeof fetch = (...parts) => ((fetched += 1), fetch(...parts));
      await look({ trustProject: true, fetch: counting });
      expect(fetched).toBeGreaterThan(1);
    } finally {
      server.closeAllConnections();
      server.close();
    }
    expect(starts.filter((data) => (data as { source?: string }).source === "ollama")).toHaveLength(4);
    expect(seen.filter((path) => path === "/api/tags")).toHaveLength(4);
  });

  it.each([
    ['[router]\nfallback_chain = ["anthropic", "opneai"]', 2, '"opneai"', '"openai"'],
    ['[router]\n\nfallback_chain = ["sonnet", "sonnett"]', 3, '"sonnett"', '"sonnet"'],
    ['[router]\nfallback_chain = ["antropic/claude-sonnet-5"]', 2, '"antropic/claude-sonnet-5"', '"anthropic"'],
    ['[router]\nsimple_task_model = "haku"\nstrategy = "cost_optimized"', 2, '"haku"', '"haiku"'],
    ['[defaults]\nmodel = "sonnet-99"', 2, '"sonnet-99"', "provider/sonnet-99"],
    ['[defaults]\nmodel = "antropic/x"', 2, '"antropic/x"', '"anthropic"'],
    ['[models."ollama/mine"]\naliases = ["quick"]\n[router]\nfallback_chain = ["quik"]', 4, '"quik"', '"quick"'],
  ])("a model of the configuration that nobody knows stops the run: %j", async (text, line, written, nearest) => {
    await put(".harness/config.toml", `${text}\n`);
    const env = { HOME: folder, ANTHROPIC_API_KEY: "test-key-0123456789" };
    const offline: typeof fetch = () => Promise.reject(new TypeError("no network in tests"));
    const result = await run("Go", options({ env, trustProject: true, fetch: offline, retry: { maxRetries: 0 } }))
      .result;
    expect(result.error?.code).toBe("config_invalid");
    expect(result.error?.message).toContain(`config.toml:${line}`);
    expect(result.error?.message).toContain(written);
    expect(result.error?.message).toContain(nearest);
  });
});

describe("sandbox and audit", () => {
  async function startOf(parts: RunOptions): Promise<unknown> {
    for await (const message of run("Go", options({ model: scriptedModel(["x"]), ...parts }))) {
      if (message.type === "system" && message.subtype === "session_start") return message.data;
    }
    return undefined;
  }

  it("sandboxMode counts beside sandbox options that name no mode", async () => {
    const start = await startOf({ sandbox: { timeoutMs: 5000 }, sandboxMode: "none" });
    expect(start).toMatchObject({ isolation: { mode: "none" } });
  });

  it("a log can be named by the host", async () => {
    const start = await startOf({ audit: { dir: join(folder, "logs"), sessionId: "one-log" } });
    expect(start).toMatchObject({ auditPath: expect.stringContaining("one-log") });
  });

  it.each([
    ["together", { TOGETHER_API_KEY: "k" }, true],
    ["azure", { AZURE_OPENAI_API_KEY: "k" }, true],
    ["openai-chat", { OPENAI_API_KEY: "k" }, true],
    ["groq", { OPENAI_API_KEY: "k" }, false],
    ["openai-compatible", {}, false],
    ["ollama", {}, true],
  ])("a fallback to %s with %j: %s", (provider, env, expected) => {
    expect(hasCredentials(provider, { env, config: { providers: new Map() } })).toBe(expected);
  });
});

describe("clock and home", () => {
  it("the clock of options times the run", async () => {
    const clock = fakeClock();
    const result = await run("Go", options({ model: scriptedModel(["x"]), clock })).result;
    expect(result.durationMs).toBe(0);
  });

  it("an empty HOME is none", async () => {
    const { loadSettings } = await import("../../src/harness/settings.ts");
    const settings = await loadSettings({ cwd: folder, env: { HOME: "" }, config: false });
    expect(settings.home).not.toBe("");
  });
});

describe("settings of a file about context, agents, skills and memory", () => {
  async function offered(toml: string, parts: RunOptions = {}): Promise<readonly string[]> {
    await put("home/.harness/config.toml", toml);
    await put("home/.harness/skills/one/SKILL.md", "---\ndescription: One\n---\nText");
    await mkdir(join(folder, "work"), { recursive: true });
    const model = scriptedModel(["Done."]);
    const env = { HOME: join(folder, "home") };
    const { tools: _tools, ...all } = options({ model, cwd: join(folder, "work"), env, ...parts });
    expect((await run("Go", all).result).stopReason).toBe("end_turn");
    return model.requests[0]?.tools.map(({ name }) => name) ?? [];
  }

  it("take effect, and give way to options", async () => {
    expect(await offered("")).toEqual(expect.arrayContaining(["Task", "Skill"]));
    expect(await offered("")).not.toContain("MemoryWrite");
    const off = await offered("[agents]\nenabled = false\n[skills]\nenabled = false\n[memory]\nenabled = true");
    expect(off).not.toContain("Task");
    expect(off).not.toContain("Skill");
    expect(off).toContain("MemoryWrite");
    expect(await offered("[agents]\nenabled = false", { agents: {} })).toContain("Task");
    expect(await offered("[memory]\nenabled = true", { memory: false })).not.toContain("MemoryWrite");
  });

  it("of a project that nobody trusts switch nothing on", async () => {
    await put("work/.harness/config.toml", "[memory]\nenabled = true\n[agents]\nmax_parallel = 50\n");
    expect(await offered("")).not.toContain("MemoryWrite");
  });
});
