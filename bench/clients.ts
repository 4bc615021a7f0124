/**
 * Three ways to do the same work: a bare fetch loop, the vendor's SDK with a loop of one's own, and Harness with
 * everything on. Each returns how much it saw, so that a client that drops something is found out.
 */
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

import type Anthropic from "@anthropic-ai/sdk";

type MessageParam = Anthropic.MessageParam;
type InputSchema = Anthropic.Tool.InputSchema;

/** What a client saw of one session. */
export interface Seen {
  readonly characters: number;
  readonly toolCalls: number;
}

/** Is told what happens on the way. */
export interface Watch {
  /** Text has come. */
  onText(): void;
  /** A turn has asked for tools. */
  onTurn(): void;
}

/** Runs one session against the mock and tells what it saw. */
export type Client = (baseUrl: string, watch: Watch) => Promise<Seen>;

const TOOL = {
  name: "LookUp",
  description: "Looks an entry up",
  schema: { type: "object", properties: { key: { type: "string" }, limit: { type: "integer" } }, required: ["key"] },
} as const;

const RESULT = "the entry's value, some forty characters";
const MODEL = "claude-sonnet-5-5";

interface WireCall {
  readonly id: string;
  readonly name: string;
  json: string;
}

/** The least that could do it: fetch, a line splitter, JSON.parse. */
export const fetchClient: Client = async (baseUrl, watch) => {
  const messages: unknown[] = [{ role: "user", content: "Go" }];
  let characters = 0;
  let toolCalls = 0;
  for (;;) {
    const body = JSON.stringify({
      model: MODEL,
      max_tokens: 1000,
      stream: true,
      messages,
      tools: [{ name: TOOL.name, description: TOOL.description, input_schema: TOOL.schema }],
    });
    const response = await fetch(`${baseUrl}/v1/messages`, {
      method: "POST",
      headers: { "content-type": "application/json" },
      body,
    });
    const calls: WireCall[] = [];
    let text = "";
    let rest = "";
    const decoder = new TextDecoder();
    for await (const chunk of response.body ?? []) {
      rest += decoder.decode(chunk, { stream: true });
      const read = readLines(rest, calls, watch);
      text += read.text;
      rest = read.rest;
    }
    characters += text.length;
    if (calls.length === 0) return { characters, toolCalls };
    toolCalls += calls.length;
    watch.onTurn();
    pushTurn(messages, text, calls);
  }
};

function readLines(
  buffered: string,
  calls: WireCall[],
  watch: Watch,
): { readonly text: string; readonly rest: string } {
  let text = "";
  let from = 0;
  for (let at = buffered.indexOf("\n"); at >= 0; at = buffered.indexOf("\n", from)) {
    // The mock sends events of this form.
    if (buffered.startsWith("data: ", from)) {
      text += readEvent(JSON.parse(buffered.slice(from + 6, at)) as WireEvent, calls, watch);
    }
    from = at + 1;
  }
  return { text, rest: buffered.slice(from) };
}

/** What the mock sends, as far as the clients read it. */
interface WireEvent {
  readonly type: string;
  readonly content_block?: { readonly type: string; readonly id?: string; readonly name?: string };
  readonly delta?: { readonly type?: string; readonly text?: string; readonly partial_json?: string };
}

function readEvent({ type, content_block: block, delta }: WireEvent, calls: WireCall[], watch: Watch): string {
  if (type === "content_block_start" && block?.type === "tool_use") {
    calls.push({ id: block.id ?? "", name: block.name ?? "", json: "" });
  } else if (type === "content_block_delta" && delta !== undefined) {
    if (delta.type === "text_delta") {
      watch.onText();
      return delta.text ?? "";
    }
    const call = calls.at(-1);
    if (call !== undefined) call.json += delta.partial_json ?? "";
  }
  return "";
}

function pushTurn(messages: unknown[], text: string, calls: readonly WireCall[]): void {
  const uses = calls.map(({ id, name, json }) => ({ type: "tool_use", id, name, input: JSON.parse(json) }));
  messages.push({ role: "assistant", content: text === "" ? uses : [{ type: "text", text }, ...uses] });
  messages.push({
    role: "user",
    content: calls.map(({ id }) => ({ type: "tool_result", tool_use_id: id, content: RESULT })),
  });
}

/** The raw vendor SDK, streaming, with a loop around it. */
export const sdkClient: Client = async (baseUrl, watch) => {
  const { default: Client } = await import("@anthropic-ai/sdk");
  const client = new Client({ apiKey: "bench", baseURL: baseUrl, maxRetries: 0 });
  const messages: unknown[] = [{ role: "user", content: "Go" }];
  let characters = 0;
  let toolCalls = 0;
  for (;;) {
    const stream = await client.messages.create({
      model: MODEL,
      max_tokens: 1000,
      stream: true,
      // Built by `pushTurn` in the SDK's form.
      messages: messages as MessageParam[],
      tools: [{ name: TOOL.name, description: TOOL.description, input_schema: TOOL.schema as unknown as InputSchema }],
    });
    const calls: WireCall[] = [];
    let text = "";
    // Every event of the SDK has a type; the fields that are read are looked at with care.
    for await (const data of stream) text += readEvent(data as unknown as WireEvent, calls, watch);
    characters += text.length;
    if (calls.length === 0) return { characters, toolCalls };
    toolCalls += calls.length;
    watch.onTurn();
    pushTurn(messages, text, calls);
  }
};

const POLICY = `version: 1
rules:
${Array.from({ length: 19 }, (_none, index) => `  - tool: Bash\n    decision: deny\n    when:\n      command_matches: "forbidden-${index} *"`).join("\n")}
  - tool: LookUp
    decision: allow
`;

/** Harness with policy, permission, risk, hooks (idle), budget, redaction and audit on. */
export async function openHarnessClient(): Promise<{ readonly client: Client; close(): Promise<void> }> {
  const folder = mkdtempSync(join(tmpdir(), "harness-bench-"));
  writeFileSync(join(folder, "policy.yml"), POLICY);
  const { createHarness, defineTool, isTextMessage } = await import("harness-agent");
  const { anthropic } = await import("harness-agent/providers/anthropic");
  const { BudgetTracker } = await import("harness-agent/budget");
  const lookUp = defineTool({
    name: TOOL.name,
    description: TOOL.description,
    input: objectSchema,
    inputSchema: TOOL.schema,
    effect: "read",
    durability: "readOnly",
    execute: () => RESULT,
  });
  const wired = new Map<string, ReturnType<typeof createHarness>>();
  const open = (baseUrl: string): ReturnType<typeof createHarness> =>
    createHarness({
      model: anthropic({ model: MODEL, apiKey: "bench", baseUrl }),
      cwd: folder,
      env: { HOME: folder },
      policy: join(folder, "policy.yml"),
      tools: [lookUp],
      budget: new BudgetTracker({ maxTokens: 1e12, maxCost: 1e6 }),
      audit: { dir: join(folder, "audit"), sync: "never" },
      maxTurns: 2000,
      maxOutputTokens: 1000,
    });
  const client: Client = async (baseUrl, watch) => {
    const ready = wired.get(baseUrl) ?? open(baseUrl);
    wired.set(baseUrl, ready);
    const harness = await ready;
    let characters = 0;
    let toolCalls = 0;
    for await (const message of harness.run("Go")) {
      if (isTextMessage(message) && message.isPartial) {
        watch.onText();
        characters += message.text.length;
      } else if (message.type === "tool_result") {
        watch.onTurn();
      } else if (message.type === "result") {
        toolCalls += message.toolCalls;
        if (message.stopReason !== "end_turn") throw new Error(`${message.stopReason}: ${message.error?.message}`);
      }
    }
    return { characters, toolCalls };
  };
  return {
    client,
    async close() {
      for (const harness of wired.values()) await (await harness)[Symbol.asyncDispose]();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

const objectSchema = {
  "~standard": {
    version: 1,
    vendor: "bench",
    validate: (value: unknown) =>
      typeof value === "object" && value !== null && "key" in value && typeof value.key === "string"
        ? { value }
        : { issues: [{ message: "key must be a text" }] },
  },
} as const;
