import type { RiskLevel } from "../spec/index.ts";

/** One reason for a risk. */
export interface RiskFinding {
  readonly level: RiskLevel;
  readonly reason: string;
}

const GRAVITY = { low: 0, medium: 1, high: 2, block: 3 } as const satisfies Record<RiskLevel, number>;

/** The gravest of several findings, with all reasons of that gravity first. */
export function highest(findings: readonly RiskFinding[]): {
  readonly level: RiskLevel;
  readonly reasons: readonly string[];
} {
  const [first] = findings;
  if (first !== undefined && findings.length === 1) return { level: first.level, reasons: [first.reason] };
  const sorted = findings.toSorted((left, right) => GRAVITY[right.level] - GRAVITY[left.level]);
  return { level: sorted[0]?.level ?? "high", reasons: [...new Set(sorted.map(({ reason }) => reason))] };
}
