import { openSignalScope, raceSignal } from "../async/index.ts";
import { suggestName } from "../errors/index.ts";
import type { ApprovalAnswer, ApprovalQuestion, Approver } from "../spec/index.ts";

/** How much an agent may do before somebody looks. */
export type TrustLevel = "supervised" | "semi_autonomous" | "autonomous" | "read_only";

/** How a level is meant. */
export interface TrustLevelOptions {
  readonly level: TrustLevel;
  /** For `semi_autonomous`: milliseconds until a question that nobody answers is denied. @default 600000 */
  readonly timeoutMs?: number;
  /** For `semi_autonomous`: a question of low risk that nobody answers in time is approved. @default false */
  readonly approveLowRiskAtTimeout?: boolean;
}

/** Every level, from the one that is trusted least. */
export const TRUST_LEVELS: readonly TrustLevel[] = ["read_only", "supervised", "semi_autonomous", "autonomous"];

/** Checks a level. Throws a `TypeError` that suggests the nearest. */
export function readTrustLevel(given: TrustLevel | TrustLevelOptions): Required<TrustLevelOptions> {
  const {
    level,
    timeoutMs = 600_000,
    approveLowRiskAtTimeout = false,
  } = typeof given === "string" ? { level: given } : given;
  if (!TRUST_LEVELS.includes(level)) {
    const known = TRUST_LEVELS.join(", ");
    throw new TypeError(`trustLevel must be one of ${known}, not "${level}".${suggestName(level, TRUST_LEVELS)}`);
  }
  if (!(timeoutMs > 0)) throw new RangeError(`trustLevel.timeoutMs must be above 0, not ${String(timeoutMs)}`);
  return { level, timeoutMs, approveLowRiskAtTimeout };
}

/**
 * An approver that answers by a trust level, and asks the person only for the rest:
 *
 * | level | low and medium risk, where nobody wrote a rule | everything else that is asked about |
 * | --- | --- | --- |
 * | `supervised` | approved | the person, without a limit |
 * | `semi_autonomous` | approved | the person; denied at the time-out |
 * | `autonomous` | approved | denied: nobody is there |
 * | `read_only` | denied | denied |
 */
export function approverForLevel(given: TrustLevel | TrustLevelOptions, person: Approver | undefined): Approver {
  const options = readTrustLevel(given);
  const { level } = options;
  const ask = person?.ask;
  return {
    async decide(question, { signal }) {
      if (level !== "read_only" && isMinor(question)) return { decision: "approve", approver: `trust level ${level}` };
      if (level === "read_only") return deny("the trust level read_only permits reading only");
      if (level === "autonomous" || person === undefined)
        return deny(`nobody is there to answer (trust level ${level})`);
      if (level === "supervised") return await person.decide(question, { signal });
      return await waitForPerson(question, { person, signal, options });
    },
    ...(ask === undefined || level === "autonomous"
      ? {}
      : { ask: (question, context) => ask.call(person, question, context) }),
  };
}

/** What a mode would ask about by default; a question that somebody wrote, or of the rule of two, is none of these. */
function isMinor({ isDefault, layer, risk }: ApprovalQuestion): boolean {
  return isDefault && layer === "permission" && (risk === "low" || risk === "medium");
}

async function waitForPerson(
  question: ApprovalQuestion,
  {
    person,
    signal,
    options: { timeoutMs, approveLowRiskAtTimeout },
  }: { readonly person: Approver; readonly signal: AbortSignal; readonly options: Required<TrustLevelOptions> },
): Promise<ApprovalAnswer | boolean> {
  using limit = openSignalScope([signal], { timeoutMs });
  try {
    return await raceSignal(person.decide(question, { signal: limit.signal }), limit.signal);
  } catch (error) {
    // The end of the run, or a failure of the approver.
    if (signal.aborted || !limit.signal.aborted) throw error;
    const isLow = approveLowRiskAtTimeout && question.risk === "low";
    return isLow ? { decision: "approve", approver: "time-out of low risk" } : deny("nobody answered in time");
  }
}

function deny(feedback: string): ApprovalAnswer {
  return { decision: "deny", feedback };
}
