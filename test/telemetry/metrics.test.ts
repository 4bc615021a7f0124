import { mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { describe, expect, it, vi } from "vitest";
import { z } from "zod";

import { createHarness, defineTool, run, type RunOptions } from "../../src/index.ts";
import { memoryStore } from "../../src/session/index.ts";
import { createTelemetry, type TelemetryOptions, type Tracer } from "../../src/telemetry/index.ts";
import { fakeClock, fakeTracer, scriptedModel } from "../../src/testing/index.ts";
import { openHost, treeOf } from "./otel-host.ts";
import { waitFor } from "./prometheus-tools.ts";

const base = { audit: false, config: false, env: {} } satisfies RunOptions;
const MINUTE = 60_000;

const act = defineTool({
  name: "Act",
  description: "Acts",
  input: z.object({ fail: z.boolean().optional() }),
  effect: "read",
  execute({ fail }) {
    if (fail === true) throw new Error("it broke");
    return "done";
  },
});

async function open(options: TelemetryOptions = {}) {
  const host = openHost();
  const { tracerProvider, meterProvider } = host;
  const telemetry = await createTelemetry({ env: {}, tracerProvider, meterProvider, ...options });
  return { ...host, telemetry };
}

function calls(...args: readonly object[]) {
  return { toolCalls: args.map((each) => ({ name: "Act", args: each as Record<string, never> })) };
}

/** A run whose model has a window and a price: 1 USD for a million tokens, either way. */
async function spend(telemetry: Tracer, tokens: number, session = `s-${tokens}`): Promise<void> {
  const store = memoryStore();
  const pricing = { input: 1, output: 1 };
  const info = { id: "scripted", provider: "scripted", contextWindow: 10_000_000, pricing };
  const usage = { input: tokens, output: 0, cacheRead: 0, cacheWrite: 0, reasoning: 0 };
  const model = { ...scriptedModel([{ text: "Yes.", usage }]), info };
  const result = await run("Go", { ...base, model, tools: [], telemetry, session: { id: session, store } }).result;
  expect(result.stopReason).toBe("end_turn");
}

describe("the metrics of the seed", () => {
  it("have exactly the names and types that its alerts and panels use", async () => {
    const { telemetry, page } = await open();
    await run("Go", { ...base, model: scriptedModel([calls({}), "Done."]), tools: [act], telemetry }).result;
    telemetry.measure({ type: "audit-chain", log: "a", isValid: true });
    const types = (await page()).split("\n").filter((line) => line.startsWith("# TYPE harness_"));
    expect(types).toEqual(
      expect.arrayContaining([
        "# TYPE harness_tokens gauge",
        "# TYPE harness_tool_calls gauge",
        "# TYPE harness_cost gauge",
        "# TYPE harness_provider_latency histogram",
        "# TYPE harness_context_utilization gauge",
        "# TYPE harness_audit_chain_valid gauge",
      ]),
    );
  });

  it("count tool calls by tool and status, with a series for errors before the first one", async () => {
    const { telemetry, value } = await open();
    const statusOf = (status: string) => value("harness_tool_calls", { tool: "Act", status });
    await run("Go", { ...base, model: scriptedModel(["Nothing to do."]), tools: [act], telemetry }).result;
    expect([await statusOf("ok"), await statusOf("error"), await statusOf("denied")]).toEqual([0, 0, undefined]);
    const model = () => scriptedModel([calls({}, {}, { fail: true }), "Done."]);
    await run("Go", { ...base, model: model(), tools: [act], telemetry }).result;
    expect([await statusOf("ok"), await statusOf("error")]).toEqual([2, 1]);
    await run("Go", { ...base, model: model(), tools: [act], telemetry, permissions: { deny: ["Act"] } }).result;
    expect(await statusOf("denied")).toBe(3);
    expect(await value("harness_policy_decisions_total", { effect: "deny", layer: "permission" })).toBe(3);
  });

  it("count tokens in directions that add up to what the run says", async () => {
    const { telemetry, value } = await open();
    const usage = { input: 1000, output: 300, cacheRead: 600, cacheWrite: 100, reasoning: 50 };
    const model = scriptedModel([{ text: "Yes.", usage }]);
    const result = await run("Go", { ...base, model, tools: [], telemetry }).result;
    const directions = ["input", "output", "cache_read", "cache_write", "reasoning"];
    const values = await Promise.all(
      directions.map((direction) => value("harness_tokens", { direction, model: "scripted" })),
    );
    expect(values).toEqual([300, 250, 600, 100, 50]);
    expect(values.reduce<number>((sum, tokens = 0) => sum + tokens, 0)).toBe(result.totalTokens);
  });

  it("measure latency in milliseconds, with buckets beyond the 30 seconds of the alert", async () => {
    const { telemetry, page } = await open();
    await spend(telemetry, 10);
    const text = await page();
    for (const border of [30_000, 60_000, 300_000]) {
      expect(text).toContain(`harness_provider_latency_bucket{provider="scripted",model="scripted",le="${border}"} 1`);
    }
  });

  it("tell the dearest and the fullest session, six minutes long after its end, and then no more", async () => {
    const clock = fakeClock();
    const { telemetry, value } = await open({ clock });
    await spend(telemetry, 7_500_000);
    await spend(telemetry, 2_000_000);
    expect(await value("harness_cost")).toBe(7.5);
    expect(await value("harness_context_utilization")).toBe(0.75);
    await clock.advance(5.5 * MINUTE);
    await spend(telemetry, 1_000_000);
    expect(await value("harness_cost")).toBe(7.5);
    await clock.advance(MINUTE);
    expect(await value("harness_cost")).toBe(1);
    await clock.advance(10 * MINUTE);
    expect([await value("harness_cost"), await value("harness_context_utilization")]).toEqual([0, 0]);
  });

  it("add up the runs of one session, over harnesses that know nothing of each other", async () => {
    const { telemetry, value, tracerProvider, meterProvider } = await open();
    await spend(telemetry, 3_000_000, "same");
    const second = await createTelemetry({ env: {}, tracerProvider, meterProvider });
    await spend(second, 3_000_000, "same");
    expect(await value("harness_cost")).toBe(6);
  });

  it("have a series for each session when asked, which ends as no number", async () => {
    const clock = fakeClock();
    const { telemetry, value } = await open({ clock, env: { OTEL_METRICS_INCLUDE_SESSION_ID: "true" } });
    await spend(telemetry, 6_100_000, "dear");
    await spend(telemetry, 10, "cheap");
    expect(await value("harness_cost", { session_id: "dear" })).toBe(6.1);
    await clock.advance(7 * MINUTE);
    expect(await value("harness_cost", { session_id: "dear" })).toBeNaN();
  });

  it("know nothing of the audit chain before it was verified; one broken log is enough, until it is whole again", async () => {
    const { telemetry, value } = await open();
    const chain = () => value("harness_audit_chain_valid");
    expect(await chain()).toBeUndefined();
    telemetry.measure({ type: "audit-chain", log: "a", isValid: true });
    expect(await chain()).toBe(1);
    telemetry.measure({ type: "audit-chain", log: "b", isValid: false });
    telemetry.measure({ type: "audit-chain", log: "a", isValid: true });
    expect(await chain()).toBe(0);
    telemetry.measure({ type: "audit-chain", log: "b", isValid: true });
    expect(await chain()).toBe(1);
  });
});

describe("other metrics", () => {
  it("count approvals that wait and findings", async () => {
    const { telemetry, value } = await open();
    let waiting: number | undefined;
    const onApproval = async (): Promise<boolean> => {
      waiting = await value("harness_approvals_pending");
      return true;
    };
    const write = { ...act, effect: "write" } as const;
    await run("Go", { ...base, model: scriptedModel([calls({}), "Done."]), tools: [write], telemetry, onApproval })
      .result;
    expect(waiting).toBe(1);
    expect(await value("harness_approvals_pending")).toBe(0);
    telemetry.measure({ type: "finding", kind: "stall" });
    expect(await value("harness_findings_total", { kind: "stall" })).toBe(1);
  });

  it("follow the conventions for agents and tools", async () => {
    const { telemetry, page } = await open();
    await run("Go", { ...base, model: scriptedModel([calls({ fail: true }), "Done."]), tools: [act], telemetry })
      .result;
    const text = await page();
    expect(text).toContain(`gen_ai_invoke_agent_duration_count{gen_ai_agent_name="main"} 1`);
    expect(text).toContain(`gen_ai_invoke_agent_inference_calls_sum{gen_ai_agent_name="main"} 2`);
    expect(text).toMatch(/gen_ai_execute_tool_duration_count\{gen_ai_tool_name="Act",error_type="tool_failed"\} 1/);
    expect(text).toMatch(/gen_ai_client_token_usage_sum\{.*gen_ai_token_type="input"/);
  });
});

describe("cardinality", () => {
  it("stays bounded when models make up the names of tools", async () => {
    const { telemetry, page } = await open();
    const made = Array.from({ length: 300 }, (_, index) => ({ name: `Made${index}`, args: {} }));
    const rounds = [0, 100, 200].map((from) => ({ toolCalls: made.slice(from, from + 100) }));
    await run("Go", { ...base, model: scriptedModel([...rounds, "Done."]), tools: [act], telemetry }).result;
    const text = await page();
    expect(text).not.toContain("Made");
    expect(text).toContain(`harness_tool_calls{tool="unknown",status="error"} 300`);
  });

  it("stays bounded when a server offers thousands of tools", async () => {
    const { telemetry, page } = await open();
    const tools = Array.from({ length: 5000 }, (_, index) => `mcp__server__tool_${index}`);
    const start = { sessionId: "s", agent: "main", provider: "p", model: "m", tools, redact: (text: string) => text };
    telemetry.startSpan("run", start)[Symbol.dispose]();
    const series = (await page()).split("\n").filter((line) => line.startsWith("harness_tool_calls{"));
    expect(series.length).toBeLessThanOrEqual(2 * 201);
    expect(series.some((line) => line.includes(`tool="other"`))).toBe(true);
  });

  it("stays bounded whatever errors, agents, models and servers call themselves", async () => {
    const { telemetry, page, spans } = await open();
    const usage = { input: 0, output: 0, cacheRead: 0, cacheWrite: 0, reasoning: 0 };
    for (let index = 0; index < 400; index += 1) {
      const name = `name-${index}-${"x".repeat(500)}`;
      const start = { sessionId: "s", agent: name, provider: name, model: name, tools: [], redact: String };
      using agent = telemetry.startSpan("run", start);
      const request = { system: undefined, messages: [], tools: [] } as never;
      const model = { provider: name, model: name, request, inputTokens: 1, contextWindow: 1, prompt: undefined };
      using call = telemetry.startSpan("model-call", model, agent);
      call.note({ type: "attempt-failed", error: "again", delayMs: 0 });
      const message = { role: "assistant", content: [], model: { provider: name, id: name } } as never;
      call.note({
        type: "finished",
        finish: { type: "finish", message, reason: "end_turn", rawReason: name, usage: undefined },
        cost: 1,
      });
      call.recordError(Object.assign(new Error("broken"), { name }));
      agent.note({ stopReason: "error", turns: 1, toolCalls: 0, usage, cost: 1 });
    }
    const lines = (await page()).split("\n");
    const counts = new Map<string, number>();
    for (const line of lines) {
      const [series = ""] = line.split("{");
      if (/_(?:count|sum)$/.test(series)) counts.set(series, (counts.get(series) ?? 0) + 1);
    }
    expect(counts.size).toBeGreaterThan(5);
    expect(Math.max(...counts.values())).toBeLessThan(300);
    expect(Math.max(...lines.map(({ length }) => length))).toBeLessThan(1000);
    const attributes = spans().flatMap((span) => Object.values(span.attributes).flat().map(String));
    expect(Math.max(...attributes.map(({ length }) => length))).toBeLessThanOrEqual(600);
  });
});

describe("the option telemetry", () => {
  it("takes true, options, a tracer of OpenTelemetry and one of the port", async () => {
    const host = openHost();
    const { tracerProvider, meterProvider } = host;
    const given: readonly RunOptions["telemetry"][] = [
      true,
      false,
      { tracerProvider, meterProvider },
      tracerProvider.getTracer("mine"),
      fakeTracer(),
    ];
    for (const telemetry of given) {
      const options = {
        ...base,
        model: scriptedModel(["Yes."]),
        tools: [],
        ...(telemetry === undefined ? {} : { telemetry }),
      };
      expect((await run("Go", options).result).stopReason).toBe("end_turn");
    }
    const scopes = host.spans().map(({ instrumentationScope, name }) => `${instrumentationScope.name} ${name}`);
    expect(scopes).toContain("harness-agent invoke_agent main");
    expect(scopes).toContain("mine invoke_agent main");
    expect(await host.value("harness_tokens", { direction: "output" })).toBeGreaterThan(0);
  });

  it.each([{ contents: true }, { startSpan() {} }, "yes", 1, null])("refuses %o", (telemetry) => {
    expect(() => run("Go", { ...base, telemetry: telemetry as never })).toThrow(TypeError);
  });
});

describe("sub-agents", () => {
  it("stand below the call that asked for them, and what they cost is the cost of the session above", async () => {
    const { telemetry, value, spans } = await open();
    const usage = { input: 1_000_000, output: 0, cacheRead: 0, cacheWrite: 0, reasoning: 0 };
    const task = { name: "Task", args: { prompt: "Look into it", agent_type: "explore" } };
    const steps = [
      { toolCalls: [task], usage },
      { text: "Nothing there.", usage },
      { text: "Done.", usage },
    ];
    const model = scriptedModel(steps, { pricing: { input: 1, output: 1 } });
    const options = { ...base, model, tools: ["Task", "Read"], permissionMode: "bypass", telemetry } as const;
    const result = await run("Go", { ...options, session: { id: "above", store: memoryStore() } }).result;
    expect(result.stopReason).toBe("end_turn");
    expect(treeOf(spans())).toEqual(expect.arrayContaining(["invoke_agent explore < execute_tool Task"]));
    expect(await value("harness_cost")).toBe(3);
    expect(await value("harness_runs_total", { stop_reason: "end_turn" })).toBe(1);
    expect(await value("harness_tokens", { direction: "input" })).toBe(3_000_000);
  });
});

describe("what a harness measures by itself", () => {
  it("verifies the log of a run when it has ended, and all logs of the directory every five minutes", async () => {
    const home = await mkdtemp(join(tmpdir(), "harness-chain-"));
    vi.useFakeTimers({ toFake: ["setInterval", "clearInterval"] });
    try {
      const { telemetry, value } = await open();
      const dir = join(home, "logs");
      const options = { config: false, env: { HOME: home }, telemetry, tools: [], audit: { dir } } as const;
      await run("Go", { ...options, model: scriptedModel(["Done."]) }).result;
      expect(await value("harness_audit_chain_valid")).toBe(1);

      const [name = ""] = (await readdir(dir)).filter((file) => file.endsWith(".jsonl"));
      const text = await readFile(join(dir, name), "utf8");
      await using harness = await createHarness({ ...options, model: scriptedModel(["Done."]) });
      await harness.run("Go").result;
      await writeFile(join(dir, name), text.replace("session_start", "session_stort"));
      vi.advanceTimersByTime(5 * MINUTE);
      await waitFor(async () => (await value("harness_audit_chain_valid")) === 0);
      await writeFile(join(dir, name), text);
      vi.advanceTimersByTime(5 * MINUTE);
      await waitFor(async () => (await value("harness_audit_chain_valid")) === 1);
    } finally {
      vi.useRealTimers();
      await rm(home, { recursive: true, force: true });
    }
  });

  it("knows what a session cost before this process", async () => {
    const store = memoryStore();
    const session = { id: "before", store };
    const step = { text: "Yes.", usage: { input: 4_000_000, output: 0 } };
    const model = () => scriptedModel([step], { pricing: { input: 1, output: 1 } });
    await run("Go", { ...base, model: model(), tools: [], session }).result;
    const { telemetry, value } = await open();
    await run("Again", { ...base, model: model(), tools: [], session, telemetry }).result;
    expect(await value("harness_cost")).toBe(8);
  });

  it("tells how long a sandbox took to start, and what its watchers found", async () => {
    const { telemetry, page, value } = await open();
    const again = { toolCalls: [{ name: "Act", args: {} }] };
    const model = scriptedModel([again, again, again, again, again, "Done."]);
    await run("Go", { ...base, model, tools: [act], telemetry, stall: { repeats: 3 } }).result;
    expect(await page()).toMatch(/^harness_sandbox_startup_count\{mode="process"\} 1$/m);
    expect(await value("harness_findings_total")).toBeGreaterThan(0);
  });
});
