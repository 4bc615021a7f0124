export { askHighRisk } from "./ask-high-risk.ts";
export { classifyRisk, type Risk, type RiskCall, type RiskOptions } from "./classify-risk.ts";
export { createRiskCheck } from "./create-risk-check.ts";
export type { RiskLevel } from "../spec/index.ts";
