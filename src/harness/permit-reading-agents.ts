import { isPromise } from "../async/index.ts";
import type { Check, CheckAnswer, JsonValue, Tool } from "../spec/index.ts";
import type { AgentDefinitions } from "../subagents/index.ts";

/**
 * Lets a mode permit what a rule may still forbid: to ask a sub-agent that only reads. Each of its calls passes the same
 * gate, so plan mode holds for it as for its parent. `task` is the tool itself: no other one of its name is meant.
 */
export function permitReadingAgents(check: Check, task: Tool, agents: AgentDefinitions): Check {
  const decide = (answer: CheckAnswer, type: JsonValue | undefined): CheckAnswer => {
    // What is in no known form stays so: the gate denies it.
    if (answer.basis !== "default" || answer.effect === "allow") return answer;
    if (typeof type !== "string" || agents.get(type)?.isReadOnly !== true) return answer;
    const reason = `The agent "${type}" only reads, and each of its calls is judged`;
    return { effect: "allow", basis: "default", reason };
  };
  return {
    version: check.version,
    check(call, scope) {
      const answer = check.check(call, scope);
      if (call.tool !== task) return answer;
      const { agent_type: type } = call.args;
      return isPromise(answer) ? Promise.resolve(answer).then((given) => decide(given, type)) : decide(answer, type);
    },
  };
}
