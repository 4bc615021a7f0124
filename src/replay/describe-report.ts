import { describeCall } from "./compare-runs.ts";
import type { RecordedCall } from "./recording.ts";
import type { Divergence, ReplayReport } from "./replay-report.ts";

/** A report as people read it. */
export function describeReport(report: ReplayReport): string {
  const { sessionId, runs, turns, calls, divergences, blocked, notes } = report;
  const judged = report.gate === "given" ? ", judged anew" : "";
  const lines = [`Session ${sessionId}: ${runs} runs, ${turns} turns, ${calls} calls replayed${judged}`];
  lines.push(...divergences.map((divergence) => `  ${describeDivergence(divergence)}`));
  lines.push(
    divergences.length === 0
      ? "Everything came as it is recorded"
      : `${divergences.length} differences; ${blocked} calls that ran would be blocked`,
  );
  const { recordedCost, replayedCost } = report;
  lines.push(`Cost: ${dollars(recordedCost)} recorded, ${dollars(replayedCost)} replayed`);
  lines.push(...notes.map((note) => `Note: ${note}`));
  return `${lines.join("\n")}\n`;
}

function dollars(cost: number | undefined): string {
  return cost === undefined ? "unknown" : `$${cost.toFixed(4)}`;
}

function describeDivergence(divergence: Divergence): string {
  switch (divergence.type) {
    case "decision": {
      const { run, turn, change, recorded, replayed } = divergence;
      const words = { blocked: "BLOCKED", allowed: "allowed", asked: "asks", otherwise: "denied otherwise" };
      return `run ${run} turn ${turn}: ${words[change]}: ${describeCall(recorded)}: ${deciderOf(recorded)} → ${deciderOf(replayed)}`;
    }
    case "result":
      return `run ${divergence.run} turn ${divergence.turn}: another result: ${describeCall(divergence.recorded)}`;
    case "answer": {
      const { run, turn, recorded, replayed } = divergence;
      return `run ${run} turn ${turn}: the model asked for ${list(replayed)} in the place of ${list(recorded)}`;
    }
    case "end": {
      const { run, recorded = "unknown", replayed, turnsLeft, reason } = divergence;
      const left = turnsLeft > 0 ? `, ${turnsLeft} turns of the record left` : "";
      return `run ${run}: ended as ${replayed} in the place of ${recorded}${left}${reason === undefined ? "" : `: ${reason}`}`;
    }
    default:
      return divergence satisfies never;
  }
}

function deciderOf({ decision, outcome }: RecordedCall): string {
  if (decision === undefined) return outcome ?? "unknown";
  const { effect, layer, rule } = decision;
  return `${effect} by ${layer}${rule === undefined ? "" : ` rule "${rule}"`}`;
}

function list(calls: readonly string[]): string {
  return calls.length === 0 ? "nothing" : calls.join(", ");
}
