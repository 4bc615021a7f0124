import * as otel from "@opentelemetry/api";
import { AsyncLocalStorageContextManager } from "@opentelemetry/context-async-hooks";
import * as conventions from "@opentelemetry/semantic-conventions/incubating";
import { describe, expect, it } from "vitest";
import { z } from "zod";

import { defineTool, ProviderError, run, type RunOptions } from "../../src/index.ts";
import { memoryStore } from "../../src/session/index.ts";
import { createTelemetry, type TelemetryOptions } from "../../src/telemetry/index.ts";
import { scriptedModel } from "../../src/testing/index.ts";
import { attributesOf, openHost, treeOf, type OtelHost } from "./otel-host.ts";

const base = { audit: false, config: false, env: {}, retry: { baseDelayMs: 1, maxDelayMs: 1 } } satisfies RunOptions;

const lookInput = z.object({ at: z.string() });
const look = defineTool({
  name: "Look",
  description: "Looks at something",
  input: lookInput,
  effect: "read",
  execute: ({ at }) => `saw ${at}: OPEN-SESAME`,
});

function lookingModel() {
  return scriptedModel([{ text: "I-WILL-LOOK", toolCalls: [{ name: "Look", args: { at: "THE-ATTIC" } }] }, "ALL-GOOD"]);
}

async function trace(options: RunOptions = {}, telemetry: TelemetryOptions = {}): Promise<OtelHost> {
  const host = openHost();
  const { tracerProvider, meterProvider } = host;
  const tracer = await createTelemetry({ env: {}, tracerProvider, meterProvider, ...telemetry });
  await run("PLEASE-LOOK", { ...base, model: lookingModel(), tools: [look], telemetry: tracer, ...options }).result;
  return host;
}

/** What the last release of the conventions with a number names, from their own package. */
const KNOWN = new Set<string>(Object.values(conventions).filter((value) => typeof value === "string"));
/** In none of the conventions: Langfuse reads it, and nothing else does. */
const EXTRA = ["gen_ai.usage.cost"];

describe("spans", () => {
  it("stand in a tree, with the names and kinds of the conventions", async () => {
    const { spans } = await trace();
    expect(treeOf(spans())).toEqual([
      "chat scripted < turn",
      "chat scripted < turn",
      "execute_tool Look < turn",
      "invoke_agent main",
      "turn < invoke_agent main",
      "turn < invoke_agent main",
    ]);
    const kinds = Object.fromEntries(spans().map(({ name, kind }) => [name, kind]));
    expect(kinds["chat scripted"]).toBe(otel.SpanKind.CLIENT);
    expect(kinds["execute_tool Look"]).toBe(otel.SpanKind.INTERNAL);
  });

  it("tell what the conventions ask for", async () => {
    const systemPrompt = { name: "looker", text: "Look.", version: "3" };
    const { spans } = await trace({ session: { id: "session-1", store: memoryStore() }, systemPrompt });
    expect(attributesOf(spans(), "chat")).toMatchObject({
      "gen_ai.operation.name": "chat",
      "gen_ai.provider.name": "scripted",
      "gen_ai.request.model": "scripted",
      "gen_ai.response.model": "scripted",
      "gen_ai.response.finish_reasons": ["tool_use"],
      "gen_ai.usage.input_tokens": expect.any(Number),
      "gen_ai.usage.output_tokens": expect.any(Number),
      "gen_ai.response.time_to_first_chunk": expect.any(Number),
      "gen_ai.prompt.name": "looker",
      "harness.prompt.version": "3",
    });
    expect(attributesOf(spans(), "execute_tool")).toMatchObject({
      "gen_ai.tool.name": "Look",
      "gen_ai.tool.type": "function",
      "harness.tool.outcome": "completed",
      "harness.decision.effect": "allow",
    });
    expect(attributesOf(spans(), "invoke_agent")).toMatchObject({
      "harness.stop_reason": "end_turn",
      "harness.turns": 2,
    });
    for (const { attributes } of spans()) {
      expect(attributes).toMatchObject({ "session.id": "session-1", "gen_ai.conversation.id": "session-1" });
    }
  });

  it("write no name of the conventions that their last numbered release does not have", async () => {
    const { spans, page } = await trace({}, { content: true });
    const written = new Set(spans().flatMap(({ attributes }) => Object.keys(attributes)));
    const claimed = [...written].filter((name) => name.startsWith("gen_ai.") && !EXTRA.includes(name));
    expect(claimed.length).toBeGreaterThan(15);
    expect(claimed.filter((name) => !KNOWN.has(name))).toEqual([]);
    expect(await page()).toContain("gen_ai_client_operation_duration_bucket");
  });

  it("write the next generation by option or by the variable that opts in, and never both", async () => {
    const env = { OTEL_SEMCONV_STABILITY_OPT_IN: "http, gen_ai_latest_experimental" };
    const { spans, page } = await trace({}, { env });
    const model = attributesOf(spans(), "chat");
    expect(model).toHaveProperty(["gen_ai.usage.cache_write.input_tokens"]);
    expect(model).not.toHaveProperty(["gen_ai.usage.cache_creation.input_tokens"]);
    expect(attributesOf(spans(), "invoke_agent")).not.toHaveProperty(["gen_ai.provider.name"]);
    const text = await page();
    expect(text).toContain("gen_ai_client_inference_usage_input_tokens_total{");
    expect(text).not.toContain("gen_ai_client_token_usage");
    expect(text).not.toContain("gen_ai_client_operation_duration");
  });

  it("give each attempt of a model call a span of its own, and what failed stays with its attempt", async () => {
    const error = new ProviderError("try again", { provider: "scripted", isRetryable: true, status: 503 });
    const { spans } = await trace({ model: scriptedModel([{ error }, "Fine."]) });
    const calls = spans().filter(({ name }) => name.startsWith("chat"));
    expect(calls.map(({ status }) => status.code)).toEqual([otel.SpanStatusCode.ERROR, otel.SpanStatusCode.UNSET]);
    expect(calls[1]?.attributes).toMatchObject({ "harness.attempt": 2, "gen_ai.response.model": "scripted" });
    expect(calls[1]?.attributes).not.toHaveProperty(["error.type"]);
  });

  it("end with the kind of the error, and a denial is none", async () => {
    const error = new ProviderError("no", { provider: "scripted", isRetryable: false, status: 401 });
    const broken = (await trace({ model: scriptedModel([{ error }]) })).spans();
    expect(attributesOf(broken, "chat")).toMatchObject({ "error.type": "401" });
    expect(attributesOf(broken, "invoke_agent")).toMatchObject({ "error.type": "401", "harness.stop_reason": "error" });
    const denied = (await trace({ permissions: { deny: ["Look"] } })).spans();
    const call = denied.find(({ name }) => name === "execute_tool Look");
    expect(call?.status.code).toBe(otel.SpanStatusCode.UNSET);
    expect(call?.attributes).toMatchObject({
      "harness.tool.outcome": "denied",
      "harness.decision.effect": "deny",
      "harness.decision.layer": "permission",
    });
  });

  it("name a tool that a model made up in an attribute only", async () => {
    const model = scriptedModel([{ toolCalls: [{ name: "Nonsense", args: {} }] }, "Done."]);
    const { spans } = await trace({ model });
    expect(attributesOf(spans(), "execute_tool unknown")).toMatchObject({ "gen_ai.tool.name": "Nonsense" });
  });
});

describe("the place of a run in a trace", () => {
  const traceparent = `00-${"1".repeat(32)}-${"2".repeat(16)}-01`;

  it.each([traceparent, ` ${traceparent} `, `cc${traceparent.slice(2)}-more`])(
    "is below its parent %j",
    async (given) => {
      const { spans } = await trace({}, { parent: { traceparent: given } });
      const root = spans().find(({ name }) => name.startsWith("invoke_agent"));
      expect(root?.parentSpanContext).toMatchObject({
        traceId: "1".repeat(32),
        spanId: "2".repeat(16),
        isRemote: true,
      });
    },
  );

  it.each([
    "",
    "00-short",
    `${traceparent}-more`,
    `${traceparent}0`,
    traceparent.replace("00", "ff"),
    traceparent.replaceAll("1", "0"),
    traceparent.replaceAll("2", "0"),
    traceparent.replaceAll("1", "A"),
  ])("is a trace of its own for the headers %j, which are not valid", async (bad) => {
    const { spans } = await trace({}, { parent: { traceparent: bad } });
    expect(spans().find(({ name }) => name.startsWith("invoke_agent"))?.parentSpanContext).toBeUndefined();
  });

  it("is below what the host has active, and what a tool traces by itself is below its call", async () => {
    otel.context.setGlobalContextManager(new AsyncLocalStorageContextManager().enable());
    try {
      const host = openHost();
      const { tracerProvider, meterProvider } = host;
      const own = tracerProvider.getTracer("host");
      const tool = defineTool({
        name: "Own",
        description: "Traces by itself",
        input: z.object({}),
        effect: "read",
        async execute() {
          await new Promise((resolve) => setImmediate(resolve));
          own.startSpan("inside").end();
          return "done";
        },
      });
      const model = scriptedModel([{ toolCalls: [{ name: "Own", args: {} }] }, "Done."]);
      const telemetry = await createTelemetry({ env: {}, tracerProvider, meterProvider });
      await own.startActiveSpan("request", async (span) => {
        await run("Go", { ...base, model, tools: [tool], telemetry }).result;
        span.end();
      });
      const expected = ["invoke_agent main < request", "inside < execute_tool Own"];
      expect(treeOf(host.spans())).toEqual(expect.arrayContaining(expected));
    } finally {
      otel.context.disable();
    }
  });
});

describe("content", () => {
  const words = ["PLEASE-LOOK", "I-WILL-LOOK", "THE-ATTIC", "OPEN-SESAME", "ALL-GOOD", "You are a careful"];
  const shownBy = async (content: TelemetryOptions["content"], env: TelemetryOptions["env"] = {}) => {
    const host = await trace({}, { env, ...(content === undefined ? {} : { content }) });
    const told = host.spans().map(({ name, attributes, events, status }) => ({ name, attributes, events, status }));
    const all = JSON.stringify(told) + (await host.page());
    return words.filter((word) => all.includes(word));
  };

  it("stays inside unless it is asked for", async () => {
    expect(await shownBy(undefined)).toEqual([]);
    expect(await shownBy(false)).toEqual([]);
    expect(await shownBy({})).toEqual([]);
  });

  it("comes out by the gate that is open, and by no other", async () => {
    expect(await shownBy({ prompts: true })).toEqual(["PLEASE-LOOK", "You are a careful"]);
    expect(await shownBy({ responses: true })).toEqual(["I-WILL-LOOK", "ALL-GOOD"]);
    expect(await shownBy({ toolArgs: true })).toEqual(["THE-ATTIC"]);
    expect(await shownBy({ toolResults: true })).toEqual(["THE-ATTIC", "OPEN-SESAME"]);
    expect(await shownBy(true)).toEqual(words);
  });

  it("comes out by the variable of the conventions, whose unknown values are refused", async () => {
    const name = "OTEL_INSTRUMENTATION_GENAI_CAPTURE_MESSAGE_CONTENT";
    expect(await shownBy(undefined, { [name]: "span_only" })).toEqual(words);
    expect(await shownBy(undefined, { [name]: "NO_CONTENT" })).toEqual([]);
    expect(await shownBy(undefined, { [name]: "EVENT_ONLY" })).toEqual([]);
    await expect(createTelemetry({ env: { [name]: "SPANS" } })).rejects.toThrow(/NO_CONTENT/);
  });

  it.each([{ conventions: "1.40" }, { contentTo: "logs" }, { content: { prompt: true } }])(
    "refuses %o",
    async (options) => {
      await expect(createTelemetry({ env: {}, ...(options as TelemetryOptions) })).rejects.toThrow(TypeError);
      await expect(createTelemetry({ env: {} })).resolves.toBeDefined();
    },
  );

  it("goes through the redactor of its run, and is cut at 60 KB", async () => {
    const key = `sk-ant-api03-${"A1b2C3d4".repeat(12)}-AAAAAAAA`;
    const prompt = `My key is ${key}\nand a quote: "${key}"`;
    const host = openHost();
    const { tracerProvider, meterProvider } = host;
    const telemetry = await createTelemetry({ env: {}, tracerProvider, meterProvider, content: true });
    const long = defineTool({
      name: "Look",
      description: "Looks",
      input: lookInput,
      effect: "read",
      execute: () => "x".repeat(200_000),
    });
    await run(prompt, { ...base, model: lookingModel(), tools: [long], telemetry }).result;
    const values = host.spans().flatMap(({ attributes }) => Object.values(attributes).map(String));
    expect(values.join()).toContain("My key is");
    expect(values.join()).not.toContain(key);
    const longest = Math.max(...values.map(({ length }) => length));
    expect(longest).toBeLessThanOrEqual(60 * 1024 + 1);
    expect(longest).toBeGreaterThan(50 * 1024);
  });

  it("goes through the redactor where a model put it into a key", async () => {
    const key = `sk-ant-api03-${"A1b2C3d4".repeat(12)}-AAAAAAAA`;
    const model = scriptedModel([{ toolCalls: [{ name: "Look", args: { at: "here", [key]: 1 } }] }, "Done."]);
    const { spans } = await trace({ model }, { content: true });
    const values = spans().flatMap(({ attributes }) => Object.values(attributes).map(String));
    expect(values.join()).toContain("here");
    expect(values.join()).not.toContain(key);
  });

  it("is not told in the name of a tool that a model made up, when it is a secret", async () => {
    const key = `sk-ant-api03-${"A1b2C3d4".repeat(12)}-AAAAAAAA`;
    const { spans } = await trace({
      model: scriptedModel([
        {
          toolCalls: [
            { name: `The${key}`, args: {} },
            { name: key, args: {} },
          ],
        },
        "Done.",
      ]),
    });
    expect(JSON.stringify(spans().map(({ attributes }) => attributes))).not.toContain(key.slice(0, 40));
  });

  it("is not told of an error either, when a secret stands in it", async () => {
    const secret = `sk-ant-api03-${"Z9y8X7w6".repeat(12)}-AAAAAAAA`;
    const message = `refused the key ${secret}`;
    const error = new ProviderError(message, { provider: "scripted", isRetryable: false, status: 400 });
    const { spans } = await trace({ model: scriptedModel([{ error }]) });
    const call = spans().find(({ name }) => name.startsWith("chat"));
    expect(call?.status.message).toContain("refused the key");
    expect(call?.status.message).not.toContain(secret);
  });
});
