import type { JsonValue, ModelMessage, ToolCallPart, UserMessage } from "../spec/index.ts";
import { shortenText } from "./shorten-text.ts";
import { EMPTY_SUMMARY, readSummary, type Summary } from "./summary.ts";

/** Which arguments of a tool name files that it changes; nothing for one that changes none. */
export type WrittenPaths = (tool: string) => readonly string[];

/** Bytes of one thing that the person said, and of all of them together. */
const ITEM_BYTES = 6000;
const TASK_BYTES = 20_000;
const MAX_FILES = 200;

/**
 * What the harness itself keeps of messages, whatever a model makes of them: the person's words, the list of things to
 * do, and which files were changed. A summary that stands among them is gone on with.
 */
export function collectFacts(messages: readonly ModelMessage[], writtenPaths: WrittenPaths): Summary {
  let earlier: Summary = EMPTY_SUMMARY;
  const task: string[] = [];
  let todos: readonly string[] | undefined;
  const files = new Set<string>();
  for (const message of messages) {
    if (message.role === "user") {
      const said = readUser(message);
      if (said.summary !== undefined) earlier = said.summary;
      task.push(...said.texts);
    }
    if (message.role !== "assistant") continue;
    for (const part of message.content) {
      if (part.type !== "tool-call") continue;
      todos = readTodos(part) ?? todos;
      for (const path of readPaths(part, writtenPaths)) files.add(`${path} (${part.name})`);
    }
  }
  return {
    ...earlier,
    task: keepTask([...earlier.task, ...task]),
    todos: todos ?? earlier.todos,
    files: [...new Set([...earlier.files, ...files])].slice(-MAX_FILES),
  };
}

function readUser({ content }: UserMessage): { readonly texts: readonly string[]; readonly summary?: Summary } {
  let summary: Summary | undefined;
  const texts: string[] = [];
  for (const part of content) {
    if (part.type !== "text") {
      texts.push(`[${part.type}]`);
      continue;
    }
    const found = readSummary(part.text);
    if (found === undefined) texts.push(part.text);
    else summary = found;
  }
  return summary === undefined ? { texts } : { texts, summary };
}

/** The first words stay whatever happens: they are the task. Of what was said later the newest goes first. */
function keepTask(said: readonly string[]): readonly string[] {
  const [first, ...later] = [...new Set(said)].map((text) =>
    shortenText(text, ITEM_BYTES, (missing) => `[… ${missing} bytes left out …]`),
  );
  if (first === undefined) return [];
  let room = TASK_BYTES - Buffer.byteLength(first);
  const kept: string[] = [];
  for (const text of later.toReversed()) {
    room -= Buffer.byteLength(text);
    if (room < 0) break;
    kept.unshift(text);
  }
  return [first, ...kept];
}

/** The list is whole in each call; what does not look like one changes nothing. */
function readTodos({ name, args }: ToolCallPart): readonly string[] | undefined {
  if (name !== "TodoWrite") return undefined;
  const todos = fieldOf(args, "todos");
  if (!Array.isArray(todos)) return undefined;
  return todos.flatMap((todo: JsonValue) => {
    const content = fieldOf(todo, "content");
    const status = fieldOf(todo, "status");
    return typeof content === "string" && typeof status === "string" && status !== "completed"
      ? [`[${status}] ${content}`]
      : [];
  });
}

function readPaths({ name, args }: ToolCallPart, writtenPaths: WrittenPaths): readonly string[] {
  return writtenPaths(name).flatMap((argument) => {
    const path = fieldOf(args, argument);
    return typeof path === "string" ? [path] : [];
  });
}

function fieldOf(value: JsonValue | undefined, name: string): JsonValue | undefined {
  if (typeof value !== "object" || value === null || Array.isArray(value) || !Object.hasOwn(value, name)) {
    return undefined;
  }
  // An object of JSON that has this key of its own.
  return (value as Readonly<Record<string, JsonValue>>)[name];
}
