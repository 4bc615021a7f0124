import type { RiskLevel } from "../spec/index.ts";

/** From the lowest to the highest. */
export const RISK_LEVELS: readonly RiskLevel[] = ["low", "medium", "high", "block"];

/** Whether one risk is graver than another. */
export function isGraver(left: RiskLevel, right: RiskLevel): boolean {
  return RISK_LEVELS.indexOf(left) > RISK_LEVELS.indexOf(right);
}
