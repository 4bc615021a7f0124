import { describeError, HarnessError, suggestName } from "../errors/index.ts";
import type { JsonSchema, Tool, ToolContext, ToolOutput } from "../spec/index.ts";
import { describeEntry } from "./memory-index.ts";
import type { MemoryScope, MemoryStore } from "./memory-store.ts";

/** What the tools of memory are made from. */
export interface MemoryToolsOptions {
  readonly store: MemoryStore;
  readonly scopes: readonly MemoryScope[];
  /** Whether the context that writes holds content from outside. */
  readonly isTainted: () => boolean;
  /** Hears of every access. */
  readonly onAccess?: (access: MemoryAccess) => void;
}

/** An access to memory. */
export interface MemoryAccess {
  readonly action: "written" | "read" | "deleted";
  readonly scope: MemoryScope;
  readonly key: string;
  /** What was written or read. */
  readonly content?: string;
}

/** The name of the tool that changes memory: the gate asks about it when the context is tainted. */
export const MEMORY_WRITE_TOOL = "MemoryWrite";

interface WriteInput {
  readonly action: "save" | "delete";
  readonly scope: MemoryScope;
  readonly key: string;
  readonly content: string;
}

interface ReadInput {
  readonly scope: MemoryScope | undefined;
  readonly key: string | undefined;
}

/** Makes the tools that read and change memory. */
export function createMemoryTools(options: MemoryToolsOptions): readonly Tool[] {
  // A tool takes whatever its schema makes of what a model sent.
  return [readTool(options) as Tool, writeTool(options) as Tool];
}

function readTool({ store, scopes, onAccess }: MemoryToolsOptions): Tool<ReadInput> {
  return Object.freeze({
    name: "MemoryRead",
    description: "Reads what you noted in earlier sessions. Without a key it lists everything.",
    input: textInput<ReadInput>({ scope: scopes, key: "optional" }),
    inputSchema: schema({ scope: scopeSchema(scopes), key: { type: "string", description: "Which note" } }, []),
    effect: "read",
    durability: "readOnly",
    cancel: "immediate",
    async execute({ scope, key }: ReadInput): Promise<ToolOutput> {
      if (key === undefined || key === "") {
        const entries = (await store.list()).filter((entry) => scope === undefined || entry.scope === scope);
        return entries.length === 0 ? "Nothing is remembered" : entries.map(describeEntry).join("\n");
      }
      return await refuse(async () => {
        const entry = await store.load(key, scope);
        if (entry === undefined) return { content: `Nothing is remembered as "${key}"`, isError: true };
        onAccess?.({ action: "read", scope: entry.scope, key, content: entry.content });
        return entry.content;
      });
    },
  });
}

const WRITE_DESCRIPTION = `Notes something for later sessions, or deletes a note.
- Note what stays true and is hard to find out: decisions of the person, conventions, commands that work. No secrets, nothing that stands in the project's files.
- scope "project" holds for this project, "user" for every project.`;

function writeTool({ store, scopes, isTainted, onAccess }: MemoryToolsOptions): Tool<WriteInput> {
  return Object.freeze({
    name: MEMORY_WRITE_TOOL,
    description: WRITE_DESCRIPTION,
    input: textInput<WriteInput>({ action: ["save", "delete"], scope: scopes, key: "needed", content: "optional" }),
    inputSchema: schema(
      {
        action: { type: "string", enum: ["save", "delete"] },
        scope: scopeSchema(scopes),
        key: { type: "string", description: "Name of the note: lower-case letters, digits, - and _" },
        content: { type: "string", description: "What to note; it replaces what was noted under the key" },
      },
      ["action", "scope", "key"],
    ),
    effect: "write",
    durability: "idempotent",
    // A write is over in a moment; left alone in between, nobody would know whether it happened.
    cancel: "never",
    async execute({ action, scope, key, content }: WriteInput, { sessionId }: ToolContext): Promise<ToolOutput> {
      return await refuse(async () => {
        if (action === "delete") {
          if (!(await store.delete(key, scope))) return { content: `Nothing is remembered as "${key}"`, isError: true };
          onAccess?.({ action: "deleted", scope, key });
          return `Deleted ${scope}/${key}`;
        }
        await store.save({ scope, key, content, source: sessionId, isTainted: isTainted() });
        onAccess?.({ action: "written", scope, key, content });
        return `Noted as ${scope}/${key}`;
      });
    },
  });
}

/** What cannot be kept is a failure that the model may react to. */
async function refuse(work: () => Promise<ToolOutput>): Promise<ToolOutput> {
  try {
    return await work();
  } catch (error) {
    if (!HarnessError.isInstance(error) || error.code !== "memory_invalid") throw error;
    return { content: describeError(error), isError: true };
  }
}

function scopeSchema(scopes: readonly MemoryScope[]): JsonSchema {
  return { type: "string", enum: [...scopes] };
}

function schema(properties: Readonly<Record<string, JsonSchema>>, required: readonly string[]): JsonSchema {
  return { type: "object", properties, required, additionalProperties: false };
}

/** What a text may be: one of a list, needed, or left out. */
type TextRule = readonly string[] | "needed" | "optional";

/** By hand: the schema's library is not worth loading for four texts. */
function textInput<Input>(rules: Readonly<Record<keyof Input & string, TextRule>>): Tool<Input>["input"] {
  const names = Object.keys(rules);
  const check = (value: unknown): string | undefined => {
    if (typeof value !== "object" || value === null) return "an object is needed";
    const unknown = Object.keys(value).find((key) => !names.includes(key));
    if (unknown !== undefined) return `Unknown key "${unknown}".${suggestName(unknown, names)}`;
    const isNeeded = names.includes("action");
    for (const [name, rule] of Object.entries<TextRule>(rules)) {
      const text: unknown = Object.hasOwn(value, name) ? (value as Readonly<Record<string, unknown>>)[name] : undefined;
      const mayMiss = rule === "optional" || (rule !== "needed" && !isNeeded);
      if (text === undefined && mayMiss) continue;
      if (typeof text !== "string") return `${name} must be a text`;
      if (rule !== "optional" && rule !== "needed" && !rule.includes(text))
        return `${name} must be one of ${rule.join(", ")}`;
    }
    return undefined;
  };
  return {
    "~standard": {
      version: 1,
      vendor: "harness-agent",
      validate(value) {
        const problem = check(value);
        if (problem !== undefined) return { issues: [{ message: problem }] };
        // Every text was looked at above; what may be left out is empty.
        return {
          value: {
            ...(rules["content" as keyof typeof rules] === undefined ? {} : { content: "" }),
            ...(value as Input),
          },
        };
      },
    },
  };
}
