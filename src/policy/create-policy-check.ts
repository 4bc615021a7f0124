import type { Check } from "../spec/index.ts";
import type { PolicyEngine } from "./policy-engine.ts";

/** Makes an engine a question of the gate. Its defaults count as rules too, since someone wrote them. */
export function createPolicyCheck(engine: PolicyEngine): Check {
  return {
    version: engine.hash,
    check({ tool, args }, { cwd, agent, labels }) {
      const { name, effect: declared, pathArgs } = tool;
      const decision = engine.check({
        tool: name,
        args,
        effect: declared,
        cwd,
        agent,
        isTainted: labels.isTainted,
        ...(pathArgs === undefined ? {} : { pathArgs }),
      });
      const { effect, rule, reason, simulated } = decision;
      return {
        effect,
        basis: "rule",
        reason,
        ...(rule === undefined ? {} : { rule }),
        ...(simulated === undefined ? {} : { simulated }),
      };
    },
  };
}
