import {
  causeOf,
  createCompactionRequests,
  createSteering,
  createStop,
  runAgent,
  type AgentEnd,
  type AgentRun,
  type StopSource,
} from "../agent/index.ts";
import { startTimer } from "../async/index.ts";
import { HarnessError } from "../errors/index.ts";
import type { BudgetLimits, ChargedData, ContentPart } from "../spec/index.ts";
import type { ToolContext } from "../spec/index.ts";
import { isParked } from "../tool-call/index.ts";
import type { AgentDefinition } from "./agent-definition.ts";
import type { AgentLimits } from "./agent-limits.ts";
import { sliceBudget } from "./child-budget.ts";
import type { ChildParts } from "./child-parts.ts";
import { createChildTotals } from "./child-totals.ts";
import { narrowCheck } from "./narrow-check.ts";
import { closedBy, denyClosed, narrowSurroundings } from "./narrow-surroundings.ts";
import { narrowBy } from "./stricter.ts";

/** What a child is run with. */
export interface RunChildOptions {
  readonly parent: AgentRun;
  readonly agent: string;
  /** Its own session. */
  readonly childId: string;
  readonly definition: AgentDefinition;
  readonly parts: ChildParts;
  readonly limits: Required<AgentLimits>;
  /** The `Task` calls above, the nearest first; the first one is the child's own. */
  readonly parents: readonly string[];
  readonly context: ToolContext;
  readonly prompt: string;
  readonly home: string;
  /** Gets the child's run before it begins. */
  readonly onBuilt: (run: AgentRun) => void;
}

/** A child that ended, and what it counted. */
export interface ChildRun {
  readonly end: AgentEnd;
  readonly totals: AgentRun["totals"];
}

/**
 * Runs a child to its end, in its parent's pipeline: the same policy, risk, approver, hooks, filters and audit,
 * and of tools, permission, sandbox and budget a part. It stops with the call that it works for.
 */
export async function runChild(options: RunChildOptions): Promise<ChildRun> {
  const { parent, definition, parts, limits, context } = options;
  const stop = createStop();
  using _link = followCall(context.signal, stop);
  const timeoutMs = Math.min(definition.timeoutMs ?? limits.timeoutMs, limits.timeoutMs);
  const cancelTimer = startTimer(timeoutMs, () => {
    const error = new HarnessError(`The sub-agent took longer than ${timeoutMs} ms`, { code: "timeout" });
    stop.stop({ stopReason: "timeout", error }, error);
  });
  const totals = createChildTotals(parent.totals, parts.costOf);
  try {
    const budget = await sliceBudget(parent.budget, leftOf(definition.budget, parts.session.spent), limits.budgetShare);
    const prompt: readonly ContentPart[] = [{ type: "text", text: options.prompt }];
    const run = buildChild(options, { stop, totals, budget });
    options.onBuilt(run);
    await parts.session.begin(run);
    const end = await runAgent(parts.session.isResumed ? undefined : prompt, run);
    return { end, totals };
  } catch (error) {
    // A budget that gives no slice, for instance: the call fails, and its neighbours go on.
    return { end: { ...causeOf(error, stop), text: "", denials: [] }, totals };
  } finally {
    cancelTimer();
  }
}

/** What a child used before it was interrupted is gone from its slice; its parent knows of it already. */
function leftOf(limits: BudgetLimits = {}, { tokens, cost }: ChargedData): BudgetLimits {
  const { maxTokens, maxCost } = limits;
  return {
    ...limits,
    ...(maxTokens === undefined ? {} : { maxTokens: Math.max(0, maxTokens - tokens) }),
    ...(maxCost === undefined ? {} : { maxCost: Math.max(0, maxCost - (cost ?? 0)) }),
  };
}

function buildChild(
  { parent, agent, childId, definition, parts, parents, context, home }: RunChildOptions,
  counted: Pick<AgentRun, "stop" | "totals" | "budget">,
): AgentRun {
  const { session, labeller, taint, narrowings, ...rest } = parts;
  const { isReadOnly, tools, permissionMode: mode } = definition;
  const closed = closedBy(definition);
  const own = [...narrowings, denyClosed(parent.sandbox, closed)];
  const [parentToolUseId = ""] = parents;
  return {
    ...parent,
    ...rest,
    ...counted,
    ...narrowSurroundings(parent, closed),
    scope: { sessionId: parent.scope.sessionId, agent, parentToolUseId, parents },
    gate: {
      ...parent.gate,
      permission: narrowBy(narrowCheck(parent.gate.permission, { mode, tools, isReadOnly, home }), own),
      taint,
    },
    callSpace: childId,
    labeller,
    journal: session.journal,
    history: session.history,
    emitter: parent.emitter.forAgent(agent, parentToolUseId),
    // Nobody speaks to a child but its parent, and the parent waits.
    steering: createSteering(),
    compactions: createCompactionRequests(),
    output: undefined,
    maxTurns: Math.min(parent.maxTurns, definition.maxTurns ?? 50),
    span: context.span,
  };
}

/** The child ends with its call: with the run, at the call's time limit, or when the reader leaves; it is put aside with it, too. */
function followCall(signal: AbortSignal, stop: StopSource): Disposable {
  const follow = (): void => {
    const isTimeout = signal.reason instanceof DOMException && signal.reason.name === "TimeoutError";
    const stopReason = isTimeout ? "timeout" : isParked(signal.reason) ? "paused" : "aborted";
    stop.stop({ stopReason, error: signal.reason }, signal.reason);
  };
  if (signal.aborted) follow();
  else signal.addEventListener("abort", follow, { once: true });
  return { [Symbol.dispose]: () => signal.removeEventListener("abort", follow) };
}
