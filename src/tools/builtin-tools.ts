import { systemClock } from "../async/index.ts";
import type { Clock, Tool } from "../spec/index.ts";
import { createAskUserTool } from "./ask-user.ts";
import { createBashTool } from "./bash.ts";
import { createCheckpointTool } from "./checkpoint.ts";
import { createEditTool } from "./edit.ts";
import { createFileTracker } from "./file-tracker.ts";
import { createGlobTool } from "./glob.ts";
import { createGrepTool } from "./grep.ts";
import { createReadTool } from "./read.ts";
import { createTodoWriteTool } from "./todo-write.ts";
import { createToolSearchTool } from "./tool-search.ts";
import type { AskFunction, ToolSession } from "./tool-session.ts";
import { createWebFetchTool } from "./web-fetch.ts";
import { createWriteTool } from "./write.ts";

/** Options of `createBuiltinTools`. */
export interface BuiltinToolsOptions {
  /** Where Checkpoint keeps its copies: a directory outside of the project, one for each session. @default none: Checkpoint fails */
  readonly checkpointDir?: string;
  /** Puts a question to a person. @default nobody is there: AskUser fails */
  readonly ask?: AskFunction;
  /** The tools that ToolSearch searches. @default none */
  readonly deferred?: () => readonly Tool[];
  /** Offers tools that ToolSearch found. @default nothing happens */
  readonly activate?: (names: readonly string[]) => void;
  readonly clock?: Clock;
}

/**
 * Makes the built-in tools of one session, in the order of `BUILTIN_TOOL_NAMES`. They share what the session knows:
 * which files the model has read, and in which state. They reach files, commands and the network only through the
 * context of each call.
 *
 * @example
 * ```ts
 * import { createBuiltinTools, createToolRegistry } from "harness-agent/tools";
 *
 * const registry = createToolRegistry(createBuiltinTools());
 * console.log(registry.names());
 * ```
 */
export function createBuiltinTools(options: BuiltinToolsOptions = {}): readonly Tool[] {
  const session: ToolSession = {
    tracker: createFileTracker(),
    clock: options.clock ?? systemClock,
    checkpointDir: options.checkpointDir,
    ask: options.ask,
    deferred: options.deferred ?? (() => []),
    activate: options.activate ?? (() => {}),
  };
  return [
    createReadTool(session),
    createWriteTool(session),
    createEditTool(session),
    createBashTool(),
    createGlobTool(),
    createGrepTool(),
    createWebFetchTool(),
    createAskUserTool(session),
    createCheckpointTool(session),
    createTodoWriteTool(),
    createToolSearchTool(session),
  ];
}
