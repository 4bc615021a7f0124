import type { Tool } from "../spec/index.ts";
import { defineTool } from "./define-tool.ts";
import { INPUT_SCHEMAS } from "./input-schemas.generated.ts";
import type { BuiltinInput } from "./inputs.ts";
import { lazyInput } from "./lazy-input.ts";

const DESCRIPTION = `Keeps your list of things to do, for yourself and for the person who watches. Use it for work of three steps or more: give the whole list each time, one item in_progress, and mark items completed as soon as they are.`;

type TodoStatus = BuiltinInput<"TodoWrite">["todos"][number]["status"];

const MARKS: Readonly<Record<TodoStatus, string>> = { pending: "[ ]", in_progress: "[>]", completed: "[x]" };

/** Makes the tool that keeps a list of things to do. The list lives in the calls themselves. */
export function createTodoWriteTool(): Tool<BuiltinInput<"TodoWrite">> {
  return defineTool({
    name: "TodoWrite",
    description: DESCRIPTION,
    input: lazyInput("TodoWrite"),
    inputSchema: INPUT_SCHEMAS.TodoWrite,
    effect: "read",
    durability: "idempotent",
    maxOutputBytes: 1024 * 1024,
    execute({ todos }) {
      const lines = todos.map(({ content, status }, index) => `${index + 1}. ${MARKS[status]} ${content}`);
      return { content: lines.length === 0 ? "The list is empty" : lines.join("\n"), display: todos };
    },
  });
}
