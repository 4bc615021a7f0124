import { loadOnce } from "../async/index.ts";
import { toApprover } from "../approval/to-approver.ts";
import { HarnessError, suggestName } from "../errors/index.ts";
import type { Tool, ToolSpec } from "../spec/index.ts";
import type { ToolLookup } from "../tool-call/index.ts";
import { dataFolder } from "./data-folder.ts";
import { isBlocked, isOffered } from "./is-offered.ts";
import type { RunOptions } from "./run-options.ts";
import type { RunRequest } from "./run-request.ts";
import type { Wiring } from "./wiring.ts";

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

/** Tools that others make: they may be named like built-in ones. */
const MADE_ELSEWHERE = [TASK, "Skill"];

/** What the tools of one agent are opened with. */
export interface ToolsRequest extends Pick<RunRequest, "options" | "sessionId"> {
  /** Which of them the agent gets. @default all */
  readonly keep?: (tool: Tool) => boolean;
  /** Tools of the agent alone. */
  readonly extra?: readonly Tool[];
}

/** Whether options or configuration let a run ask sub-agents. */
export function asksAgents({ settings }: Wiring, { tools, agents }: RunOptions): boolean {
  const wanted = tools ?? settings.config.tools.enabled;
  const isOff = agents === false || (agents === undefined && settings.config.agents.enabled === false);
  return !isOff && (wanted === undefined || wanted.includes(TASK));
}

/**
 * Opens the tools of an agent: every built-in tool, or those that options or configuration name, and the host's own. The
 * state they keep (files read, the todo list) belongs to this agent.
 */
export async function openTools(wiring: Wiring, request: ToolsRequest): Promise<OpenedTools> {
  const { createBuiltinTools, createRunCodeTool, createToolRegistry, BUILTIN_TOOL_NAMES, OPTIONAL_TOOL_NAMES } =
    await loadTools();
  const { settings } = wiring;
  const { options, sessionId, extra = [] } = request;
  const keep = (tool: Tool): boolean => isOffered(tool, options) && request.keep?.(tool) !== false;
  const offered: readonly string[] = [...BUILTIN_TOOL_NAMES, ...MADE_ELSEWHERE];
  const valid = [...offered, ...OPTIONAL_TOOL_NAMES];
  const wanted = options.tools ?? settings.config.tools.enabled ?? offered;
  const own = wanted.filter((tool) => typeof tool === "object");
  const names = wanted.filter((tool) => typeof tool === "string");
  for (const name of names) {
    if (valid.includes(name)) continue;
    throw new HarnessError(`There is no built-in tool "${name}".${suggestName(name, valid)}`, { code: "tool_invalid" });
  }
  const approver = options.onApproval === undefined ? undefined : toApprover(options.onApproval);
  const { ask } = approver ?? {};
  const builtin =
    names.length === 0
      ? []
      : createBuiltinTools({
          checkpointDir: dataFolder(settings.home, "checkpoints", sessionId),
          deferred: () => own.filter((tool) => tool.isDeferred === true && keep(tool)),
          activate: (found) => registry.activate(found),
          ...(options.clock === undefined ? {} : { clock: options.clock }),
          ...(ask === undefined ? {} : { ask: (question, context) => ask.call(approver, question, context) }),
        });
  const hasDeferred = own.some((tool) => tool.isDeferred === true);
  const chosen = builtin.filter(({ name }) => names.includes(name) && (name !== "ToolSearch" || hasDeferred));
  const optional = names.includes("RunCode") ? [createRunCodeTool()] : [];
  for (const tool of own.filter((one) => isBlocked(one, options))) {
    settings.log(`The tool ${tool.name} is of risk "block" and is not offered to the model`);
  }
  const registry = createToolRegistry([
    ...[...chosen, ...optional, ...own].filter(keep),
    ...extra.filter((tool) => isOffered(tool, options)),
  ]);
  return { registry, offered: () => registry.offered(), specs: describeTools(() => registry.offered()) };
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
