import type { Check } from "../spec/index.ts";
import { classifyRisk, type RiskOptions } from "./classify-risk.ts";

/** Makes the check that blocks what nobody wants an agent to do, and tells approvers how dangerous the rest is. */
export function createRiskCheck(options: RiskOptions = {}): Check {
  return {
    check({ tool, args }, { labels }) {
      const { level, reasons } = classifyRisk({ tool, args, labels }, options);
      const reason = reasons.slice(0, 3).join("; ");
      if (level === "block")
        return {
          effect: "deny",
          basis: "rule",
          rule: "risk",
          reason: `Too dangerous: ${reason}`,
          risk: level,
          riskReasons: reasons,
        };
      return { effect: "none", basis: "default", reason, risk: level, riskReasons: reasons };
    },
  };
}
