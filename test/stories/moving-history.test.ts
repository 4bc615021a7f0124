import type { Fixture } from "@copilotkit/aimock";
import { describe, expect, it } from "vitest";

import { createHarness, run } from "../../src/index.ts";
import { memoryStore } from "../../src/session/index.ts";
import type { JsonObject } from "../../src/spec/index.ts";
import { messagesOf, openStage, readStory, weatherTool } from "./stage.ts";
import { openVendors, vendors, type Vendor } from "./vendors.ts";

/** The vendors in the order in which one session goes through them; the first one gets it back at the end. */
const ROUTE = ["anthropic", "openai", "google", "openai-chat", "ollama", "groq", "anthropic"] as const;
const CITIES = ["Oslo", "Rome", "Lima", "Bern", "Cairo", "Quito", "Delhi"] as const;

function vendorOf(name: string): Vendor {
  const vendor = vendors.find((known) => known.name === name);
  if (vendor === undefined) throw new Error(`There is no vendor ${name}`);
  return vendor;
}

/** On each leg a vendor thinks, says something, asks for two cities at once, and then answers. */
function legs(): readonly Fixture[] {
  return ROUTE.flatMap((_name, leg) => {
    const toolCalls = ["", " by night"].map((suffix, index) => ({
      id: `toolu_${leg}_${index}`,
      name: "Weather",
      arguments: JSON.stringify({ city: `${CITIES[leg]}${suffix}` }),
    }));
    const first = { content: `Looking on leg ${leg}.`, reasoning: `thoughts of leg ${leg}`, toolCalls };
    const reasoningSignature = `signature of leg ${leg}`;
    return [
      { match: { userMessage: `Leg ${leg}`, hasToolResult: false }, response: { ...first, reasoningSignature } },
      { match: { userMessage: `Leg ${leg}`, hasToolResult: true }, response: { content: `Answer of leg ${leg}.` } },
    ];
  });
}

/** Passes requests on and keeps their bodies as they were sent. */
function recordingFetch(): { readonly fetch: typeof fetch; readonly bodies: readonly string[] } {
  const bodies: string[] = [];
  return {
    bodies,
    fetch: async (input, init) => {
      bodies.push(init?.body === undefined ? "" : await new Response(init.body).text());
      return await fetch(input, init);
    },
  };
}

interface Ids {
  readonly calls: readonly unknown[];
  readonly results: readonly unknown[];
}

/** Every object in a body that has a property, in order. */
function objectsWith(body: unknown, key: string): readonly Record<string, unknown>[] {
  const found: Record<string, unknown>[] = [];
  const walk = (value: unknown): void => {
    if (typeof value !== "object" || value === null) return;
    // Own values of a parsed body: any object of it has string keys.
    if (!Array.isArray(value) && Object.hasOwn(value, key)) found.push(value as Record<string, unknown>);
    for (const item of Object.values(value)) walk(item);
  };
  walk(body);
  return found;
}

/** The ids of tool calls and of their results in a body, in the words of each protocol. */
function idsOf(name: string, body: unknown): Ids {
  const typed = (type: string, key: string): readonly unknown[] =>
    objectsWith(body, "type").flatMap((item) => (item["type"] === type ? [item[key]] : []));
  switch (name) {
    case "anthropic":
      return { calls: typed("tool_use", "id"), results: typed("tool_result", "tool_use_id") };
    case "openai":
      return { calls: typed("function_call", "call_id"), results: typed("function_call_output", "call_id") };
    case "google": {
      const inner = (key: string, id: string): readonly unknown[] =>
        objectsWith(body, key).map((item) => (item[key] as Record<string, unknown>)[id]);
      return { calls: inner("functionCall", "name"), results: inner("functionResponse", "name") };
    }
    case "ollama":
      return {
        calls: objectsWith(body, "tool_calls")
          .flatMap((item) => item["tool_calls"] as readonly unknown[])
          .map(() => "Weather"),
        results: objectsWith(body, "tool_name").map((item) => item["tool_name"]),
      };
    default:
      return {
        calls: objectsWith(body, "tool_calls")
          .flatMap((item) => item["tool_calls"] as readonly Record<string, unknown>[])
          .map(({ id }) => id),
        results: objectsWith(body, "tool_call_id").map((item) => item["tool_call_id"]),
      };
  }
}

function count(text: string, part: string): number {
  return text.split(part).length - 1;
}

/** What must hold for the last request of a leg, whoever gets it. */
function expectBody(text: string, leg: number): void {
  const name = ROUTE[leg] ?? "";
  const body: unknown = JSON.parse(text);
  for (let past = 0; past <= leg; past += 1) {
    expect(count(text, `weather of ${CITIES[past]}: -3`)).toBe(1);
    expect(count(text, `weather of ${CITIES[past]} by night: -3`)).toBe(1);
    expect(count(text, `Looking on leg ${past}.`)).toBe(1);
    expect(count(text, `Answer of leg ${past}.`)).toBe(past === leg ? 0 : 1);
    if (ROUTE[past] === name) continue;
    expect(text).not.toContain(`thoughts of leg ${past}`);
    expect(text).not.toContain(`signature of leg ${past}`);
  }
  const { calls, results } = idsOf(name, body);
  expect(calls).toHaveLength(2 * (leg + 1));
  expect(results).toEqual(calls);
  expect(calls.every((id) => typeof id === "string" && /^[\w-]{1,64}$/.test(id))).toBe(true);
  // Ollama and Google tell calls apart by order and by name.
  if (name !== "google" && name !== "ollama") expect(new Set(calls).size).toBe(calls.length);
}

describe("a session that moves from vendor to vendor", () => {
  it("takes its history along: calls, results and texts, without foreign reasoning", async () => {
    await using stage = await openStage();
    await using mock = await openVendors(legs());
    const session = { id: "moving", store: memoryStore() };
    const { tool } = weatherTool();
    const last: string[] = [];
    for (const [leg, name] of ROUTE.entries()) {
      const { model, baseUrl } = vendorOf(name);
      const { fetch, bodies } = recordingFetch();
      const options = { provider: name, model, baseUrl: baseUrl(mock.url), session, fetch, tools: [tool] };
      const story = await readStory(run(`Leg ${leg}`, stage.options(options)));
      expect(story.result).toMatchObject({ stopReason: "end_turn", text: `Answer of leg ${leg}.`, turns: 2 });
      expect(messagesOf(story, "tool_result").map(({ content }) => content)).toEqual([
        `weather of ${CITIES[leg]}: -3`,
        `weather of ${CITIES[leg]} by night: -3`,
      ]);
      expect(bodies).toHaveLength(2);
      expectBody(bodies[1] ?? "", leg);
      last.push(bodies[1] ?? "");
    }
    // Back where it began, the vendor's own reasoning is there again, signed as it was.
    expect(count(last.at(-1) ?? "", "thoughts of leg 0")).toBe(1);
    expect(count(last.at(-1) ?? "", "signature of leg 0")).toBe(1);
  });

  it("moves within one harness by the model of each run, and is resumed by the harness' own", async () => {
    await using stage = await openStage();
    await using mock = await openVendors(legs());
    const { tool } = weatherTool();
    const { model, baseUrl } = vendorOf("anthropic");
    const { fetch, bodies } = recordingFetch();
    const shared = { provider: "anthropic", model, baseUrl: baseUrl(mock.url), tools: [tool], fetch };
    await using harness = await createHarness(stage.options(shared));
    const first = await readStory(harness.run("Leg 0"));
    const session = first.result.sessionId;
    for (const leg of [1, 2]) {
      const vendor = vendorOf(ROUTE[leg] ?? "").toModel(mock.url);
      const { result } = await readStory(harness.run(`Leg ${leg}`, { session, model: vendor }));
      expect(result).toMatchObject({ stopReason: "end_turn", text: `Answer of leg ${leg}.`, sessionId: session });
    }
    const back = await readStory(harness.resume(session, "Leg 6"));
    expect(back.result).toMatchObject({ stopReason: "end_turn", text: "Answer of leg 6.", sessionId: session });
    const sent = bodies.at(-1) ?? "";
    expect(sent).toContain("weather of Rome: -3");
    expect(sent).toContain("weather of Lima: -3");
    expect(sent).toContain("thoughts of leg 0");
    expect(sent).not.toContain("thoughts of leg 1");
    const { calls, results } = idsOf("anthropic", JSON.parse(sent));
    expect(calls).toHaveLength(8);
    expect(results).toEqual(calls);
  });

  it.each(vendors)("goes on with $name after a crash in a call, as often as it is resumed", async (vendor) => {
    await using stage = await openStage();
    await using mock = await openVendors(legs());
    const store = memoryStore();
    // What a process leaves behind that died while a tool was at work.
    const message = (data: JsonObject) => ({ v: 1, type: "message", at: 0, data: { message: data } }) as const;
    const call = { type: "tool-call", id: "toolu_lost", name: "Weather", args: { city: "Oslo" } };
    await store.append("broken", 0, [
      message({ role: "user", content: [{ type: "text", text: "Before" }] }),
      message({ role: "assistant", model: { provider: "elsewhere", id: "gone" }, content: [call] }),
    ]);
    const { fetch, bodies } = recordingFetch();
    const { tool } = weatherTool();
    const session = { id: "broken", store };
    for (const leg of [0, 1]) {
      const where = { provider: vendor.name, model: vendor.model, baseUrl: vendor.baseUrl(mock.url) };
      const { result } = await readStory(run(`Leg ${leg}`, stage.options({ ...where, fetch, tools: [tool], session })));
      expect(result).toMatchObject({ stopReason: "end_turn", text: `Answer of leg ${leg}.` });
      const body: unknown = JSON.parse(bodies.at(-1) ?? "");
      const { calls, results } = idsOf(vendor.name === "openai-compatible" ? "groq" : vendor.name, body);
      expect(calls.length).toBeGreaterThan(leg);
      expect(results).toEqual(calls);
      expect(count(bodies.at(-1) ?? "", "may or may not have happened")).toBe(1);
    }
  });
});
