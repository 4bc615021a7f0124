import type { JsonObject, JsonSchema, Tool, ToolContext, ToolOutput } from "../spec/index.ts";

/** What a fake tool may be told. */
export interface FakeToolOptions extends Partial<Omit<Tool<JsonObject>, "execute" | "input">> {
  /** What it gives back; an error is thrown. @default "ok" */
  readonly output?:
    ToolOutput | Error | ((input: JsonObject, context: ToolContext) => ToolOutput | Promise<ToolOutput>);
}

/** A fake tool keeps what it was called with. */
export interface FakeTool extends Tool<JsonObject> {
  readonly calls: readonly JsonObject[];
}

/** A tool named "Fake" that reads, takes any JSON object and answers "ok", unless told otherwise. */
export function fakeTool({ output = "ok", ...options }: FakeToolOptions = {}): FakeTool {
  const calls: JsonObject[] = [];
  return {
    name: "Fake",
    description: "A tool for tests",
    inputSchema: ANY_OBJECT,
    effect: "read",
    durability: "atMostOnce",
    cancel: "immediate",
    ...options,
    input: {
      "~standard": {
        version: 1,
        vendor: "harness-agent",
        validate: (value) => (isJsonObject(value) ? { value } : { issues: [{ message: "expected an object" }] }),
      },
    },
    calls,
    execute(input, context) {
      calls.push(input);
      if (output instanceof Error) throw output;
      return typeof output === "function" ? output(input, context) : output;
    },
  };
}

const ANY_OBJECT: JsonSchema = { type: "object", additionalProperties: true };

/** What a model sends was parsed from JSON, so that an object holds JSON only. */
function isJsonObject(value: unknown): value is JsonObject {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
