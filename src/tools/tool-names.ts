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

/** The name of a built-in tool. */
export type BuiltinToolName = (typeof BUILTIN_TOOL_NAMES)[number];
