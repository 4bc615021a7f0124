import { systemClock } from "../async/index.ts";
import { checkKnownNames, type KnownNames } from "../errors/index.ts";
import type { Guards, GuardSignal } from "../spec/index.ts";
import { checkRule, type Baseline } from "./anomaly-rule.ts";
import { watchBehaviour, type Behaviour } from "./behaviour.ts";
import { GUARD_OPTION_NAMES, type GuardOptions } from "./guard-options.ts";
import { createToolBreaker, type ToolBreakerOptions } from "./tool-breaker.ts";

const BREAKER: KnownNames<ToolBreakerOptions> = { failures: true, openMs: true, action: true };

/** Guards whose baselines can be kept for the next process. */
export interface LearningGuards extends Guards {
  baselines(): Readonly<Record<string, Baseline>>;
}

/**
 * Makes guards. One of them may watch many runs: what an agent is used to is learned over all of them. Throws a
 * `TypeError` or `RangeError` for a rule that cannot be meant.
 *
 * @example
 * const guards = createGuards({
 *   toolBreaker: { failures: 5 },
 *   anomalies: [{ rule: "calls_per_minute", timesBaseline: 10, action: "stop" }],
 * });
 * guards.admit("Bash"); // undefined: it may be called
 */
export function createGuards(options: GuardOptions = {}): LearningGuards {
  checkKnownNames("createGuards()", options, GUARD_OPTION_NAMES);
  checkKnownNames("toolBreaker of createGuards()", options.toolBreaker ?? {}, BREAKER);
  const { toolBreaker, anomalies = [], baselines = {}, clock = systemClock } = options;
  const rules = anomalies.map(checkRule);
  const breaker = toolBreaker === undefined ? undefined : createToolBreaker(toolBreaker, clock);
  const agents = new Map<string, Behaviour>();
  const pending: { readonly agent: string; readonly signal: GuardSignal }[] = [];
  const behaviourOf = (agent: string): Behaviour => {
    const known = Object.hasOwn(baselines, agent) ? baselines[agent] : undefined;
    const behaviour = agents.get(agent) ?? watchBehaviour(clock, known);
    agents.set(agent, behaviour);
    return behaviour;
  };
  return {
    admit: (tool) => breaker?.admit(tool),
    noteToolCall(agent, call) {
      const signal = breaker?.note(call);
      if (signal !== undefined) pending.push({ agent, signal });
      if (rules.length > 0) behaviourOf(agent).noteCall(call.isError);
    },
    noteModelCall(agent, { cost, isFailed }) {
      if (rules.length === 0) return;
      const behaviour = behaviourOf(agent);
      behaviour.noteCall(isFailed);
      if (cost !== undefined) behaviour.noteCost(cost);
    },
    take(agent) {
      const index = pending.findIndex((each) => each.agent === agent);
      if (index >= 0) return pending.splice(index, 1)[0]?.signal;
      return rules.length === 0 ? undefined : behaviourOf(agent).check(rules);
    },
    baselines: () => Object.fromEntries([...agents].map(([agent, { baseline }]) => [agent, baseline])),
  };
}
