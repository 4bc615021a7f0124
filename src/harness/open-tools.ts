import { loadOnce } from "../async/index.ts";
import { toApprover } from "../approval/to-approver.ts";
import { HarnessError, suggestName } from "../errors/index.ts";
import type { Tool, ToolSpec } from "../spec/index.ts";
import type { ToolLookup } from "../tool-call/index.ts";
import type { ToolRegistry } from "../tools/index.ts";
import { dataFolder } from "./data-folder.ts";
import { isBlocked, isOffered } from "./is-offered.ts";
import type { RunOptions } from "./run-options.ts";
import type { RunRequest } from "./run-request.ts";
import type { Settings } from "./settings.ts";

/** The names and the registry by themselves: who brings tools along loads no built-in one. */
const loadNames = loadOnce(() => import("../tools/tool-names.ts"));
const loadRegistry = loadOnce(() => import("../tools/registry.ts"));
const loadTools = loadOnce(() => import("../tools/index.ts"));

/** The tools of a run. */
export interface OpenedTools {
  readonly registry: ToolLookup;
  /** Those that the model sees now. */
  readonly offered: () => readonly Tool[];
  /** The same as the model reads them. An adapter may keep the wire form of each by identity. */
  readonly specs: () => readonly ToolSpec[];
}

/** The tool that asks sub-agents stands among the built-in ones; the floor above makes it. */
const TASK = "Task";

/** Opens the tools of one agent. */
export type ToolsOpener = (request: ToolsRequest) => OpenedTools;

/** What the tools of one agent are opened with. */
export interface ToolsRequest extends Pick<RunRequest, "sessionId"> {
  /** Which of them the agent gets. @default all */
  readonly keep?: (tool: Tool) => boolean;
  /** Tools of the agent alone. */
  readonly extra?: readonly Tool[];
}

/** Whether options or configuration let a run ask sub-agents. */
export function asksAgents(settings: Settings, { tools, agents }: RunOptions): boolean {
  const wanted = tools ?? settings.config.tools.enabled;
  const isOff = agents === false || (agents === undefined && settings.config.agents.enabled === false);
  return !isOff && (wanted === undefined || wanted.includes(TASK));
}

/** Whether options or configuration let a run use a built-in tool. */
export function wantsBuiltins(settings: Settings, { tools }: RunOptions): boolean {
  const wanted = tools ?? settings.config.tools.enabled;
  return wanted?.some((tool) => typeof tool === "string") !== false;
}

/**
 * Prepares the tools of agents: every built-in tool, or those that options or configuration name, and the host's own.
 * Throws code "tool_invalid" for a name that none has.
 */
export async function prepareTools(settings: Settings, options: RunOptions): Promise<ToolsOpener> {
  const { BUILTIN_TOOL_NAMES, OPTIONAL_TOOL_NAMES, TOOL_NAMES_OF_OTHERS } = await loadNames();
  const { createToolRegistry } = await loadRegistry();
  const offered: readonly string[] = [...BUILTIN_TOOL_NAMES, ...TOOL_NAMES_OF_OTHERS];
  const valid = [...offered, ...OPTIONAL_TOOL_NAMES];
  const wanted = options.tools ?? settings.config.tools.enabled ?? offered;
  const own = wanted.filter((tool) => typeof tool === "object");
  const names = wanted.filter((tool) => typeof tool === "string");
  for (const name of names) {
    if (valid.includes(name)) continue;
    throw new HarnessError(`There is no built-in tool "${name}".${suggestName(name, valid)}`, { code: "tool_invalid" });
  }
  for (const tool of own.filter((one) => isBlocked(one, options))) {
    settings.log(`The tool ${tool.name} is of risk "block" and is not offered to the model`);
  }
  const code = names.length === 0 ? undefined : await loadTools();
  return (request) => openTools({ code, createToolRegistry, settings, options, names, own }, request);
}

type BuiltinCode = typeof import("../tools/index.ts");

interface ToolParts {
  /** The built-in tools, where any of them is wanted. */
  readonly code: BuiltinCode | undefined;
  readonly createToolRegistry: typeof import("../tools/index.ts").createToolRegistry;
  readonly settings: Settings;
  readonly options: RunOptions;
  /** Of built-in tools. */
  readonly names: readonly string[];
  readonly own: readonly Tool[];
}

/** The state that tools keep (files read, the todo list) belongs to one agent. */
function openTools(parts: ToolParts, request: ToolsRequest): OpenedTools {
  const { code, createToolRegistry, options, own } = parts;
  const keep = (tool: Tool): boolean => isOffered(tool, options) && request.keep?.(tool) !== false;
  const builtin =
    code === undefined ? [] : openBuiltin({ ...parts, code }, request.sessionId, { keep, registry: () => registry });
  const registry = createToolRegistry([
    ...[...builtin, ...own].filter(keep),
    ...(request.extra ?? []).filter((tool) => isOffered(tool, options)),
  ]);
  return { registry, offered: () => registry.offered(), specs: describeTools(() => registry.offered()) };
}

function openBuiltin(
  { code, settings, options, names, own }: ToolParts & { readonly code: BuiltinCode },
  sessionId: string,
  { keep, registry }: { readonly keep: (tool: Tool) => boolean; readonly registry: () => ToolRegistry },
): readonly Tool[] {
  const approver = options.onApproval === undefined ? undefined : toApprover(options.onApproval);
  const { ask } = approver ?? {};
  const deferred = own.filter((tool) => tool.isDeferred === true);
  const made = code.createBuiltinTools({
    checkpointDir: dataFolder(settings.home, "checkpoints", sessionId),
    deferred: () => deferred.filter(keep),
    activate: (found) => registry().activate(found),
    ...(options.clock === undefined ? {} : { clock: options.clock }),
    ...(ask === undefined ? {} : { ask: (question, context) => ask.call(approver, question, context) }),
  });
  const chosen = made.filter(({ name }) => names.includes(name) && (name !== "ToolSearch" || deferred.length > 0));
  return names.includes("RunCode") ? [...chosen, code.createRunCodeTool()] : chosen;
}

/** Describes each tool once, and gives the same list as long as the same tools are offered: requests share them. */
function describeTools(offered: () => readonly Tool[]): () => readonly ToolSpec[] {
  const known = new Map<Tool, ToolSpec>();
  let described: readonly Tool[] = [];
  let specs: readonly ToolSpec[] = [];
  return () => {
    const tools = offered();
    if (tools === described) return specs;
    specs = tools.map((tool) => {
      const { name, description, inputSchema } = tool;
      const spec = known.get(tool) ?? { name, description, inputSchema };
      known.set(tool, spec);
      return spec;
    });
    described = tools;
    return specs;
  };
}
