import { describeError, HarnessError } from "../errors/index.ts";
import type { Tool, ToolContext, ToolOutput } from "../spec/index.ts";
import { textInput } from "../text-input/index.ts";
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
    ...textInput<ReadInput>({
      scope: { oneOf: scopes, isOptional: true },
      key: { description: "Which note", isOptional: true },
    }),
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
    ...textInput<WriteInput>({
      action: { oneOf: ["save", "delete"] },
      scope: { oneOf: scopes },
      key: { description: "Name of the note: lower-case letters, digits, - and _" },
      content: { description: "What to note; it replaces what was noted under the key", otherwise: "" },
    }),
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
