/** The names of the built-in tools, in the order in which they are offered. */
export const BUILTIN_TOOL_NAMES = Object.freeze([
  "Read",
  "Write",
  "Edit",
  "Bash",
  "Glob",
  "Grep",
  "WebFetch",
  "AskUser",
  "Checkpoint",
  "TodoWrite",
  "ToolSearch",
] as const);

/** Built-in tools that are offered only where they are named, since they need an optional package. */
export const OPTIONAL_TOOL_NAMES = Object.freeze(["RunCode"] as const);

/** Tools that other modules make; they are named like built-in ones. */
export const TOOL_NAMES_OF_OTHERS = Object.freeze(["Task", "Skill"] as const);

/** The name of a built-in tool. */
export type BuiltinToolName = (typeof BUILTIN_TOOL_NAMES)[number] | (typeof OPTIONAL_TOOL_NAMES)[number];
