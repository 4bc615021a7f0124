export { createBuiltinTools, type BuiltinToolsOptions } from "./builtin-tools.ts";
export { BUILTIN_TOOL_NAMES, OPTIONAL_TOOL_NAMES, TOOL_NAMES_OF_OTHERS, type BuiltinToolName } from "./tool-names.ts";
export { createRunCodeTool } from "./run-code.ts";
export { defineTool } from "./define-tool.ts";
export type { DefineToolOptions } from "./define-tool-options.ts";
export { createToolRegistry, type ToolRegistry } from "./registry.ts";
export type { AskFunction } from "./tool-session.ts";
