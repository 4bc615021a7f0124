export { classifyRisk, type Risk, type RiskCall } from "./classify-risk.ts";
export { createRiskCheck } from "./create-risk-check.ts";
export type { RiskLevel } from "../spec/index.ts";
