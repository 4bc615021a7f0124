import { openSignalScope, raceSignal } from "../async/index.ts";
import { describeError } from "../errors/index.ts";
import type { AuditAnswer, AuditEntry, CheckAnswer, Decision, RiskLevel } from "../spec/index.ts";
import { GATE_ORDER } from "./gate-order.ts";
import { isGraver, RISK_LEVELS } from "./risk-order.ts";
import { cancel, deny, type Checked, type Ended, type Prepared } from "./steps.ts";
import type { ToolCallEvent } from "./tool-call-event.ts";
import type { ToolCallRun } from "./tool-call-run.ts";

/** The name of a check. */
export type CheckName = (typeof GATE_ORDER)[number];

/** What goes along with a call on its way through the gate. */
export interface CallWatch {
  readonly signal: AbortSignal;
  /** Keeps an answer for the call's entry in the audit log. */
  readonly note: AuditEntry["note"];
}

interface NamedAnswer {
  readonly layer: CheckName;
  readonly answer: CheckAnswer;
}

/**
 * Step 2: policy, permission, risk. A denial ends the call at once. Otherwise what someone wrote for such calls goes
 * before defaults, and among equals a question goes before a permission; when nobody answers, the call is denied.
 */
export async function* passChecks(
  prepared: Prepared,
  run: ToolCallRun,
  { signal, note }: CallWatch,
): AsyncGenerator<ToolCallEvent, Checked | Ended> {
  const answers: NamedAnswer[] = [];
  // What a tool declares holds whatever check of risk the host has.
  let risk = prepared.call.tool.risk;
  const riskReasons: string[] = [];
  for (const layer of GATE_ORDER) {
    const answer = await askCheck(layer, prepared, run, signal);
    if (signal.aborted) return cancel("The run was stopped before the call began");
    if (isWorthNoting(answer)) note(describeAnswer(layer, answer));
    if (answer.simulated !== undefined) yield { ...answer.simulated, type: "policy-simulated" };
    if (answer.effect === "deny") return deny(decisionOf({ layer, answer }), prepared.guidance);
    risk = higher(risk, answer.risk);
    riskReasons.push(...(answer.riskReasons ?? []));
    answers.push({ layer, answer });
  }
  if (risk === "block") {
    return deny({ layer: "risk", reason: "The call is too dangerous to be executed" }, prepared.guidance);
  }
  const { call, guidance } = prepared;
  const decided = decide(answers, prepared.ask);
  if (decided === undefined) return deny({ layer: "gate", reason: "No check allowed this call" }, guidance);
  return { type: "checked", call, ...decided, risk: risk ?? "medium", riskReasons, guidance };
}

/** Having no opinion about a harmless call is what a check does most: no record of it says the same. */
function isWorthNoting({ effect, risk = "low" }: CheckAnswer): boolean {
  return effect !== "none" || risk !== "low";
}

/** An answer for the record; its reason stands there when it decides. */
function describeAnswer(layer: CheckName, { effect, basis, rule, risk }: CheckAnswer): AuditAnswer {
  return { layer, effect, basis, ...(rule === undefined ? {} : { rule }), ...(risk === undefined ? {} : { risk }) };
}

function higher(left: RiskLevel | undefined, right: RiskLevel | undefined): RiskLevel | undefined {
  if (left === undefined || right === undefined) return left ?? right;
  return isGraver(left, right) ? left : right;
}

function decide(
  answers: readonly NamedAnswer[],
  hookAsk: Decision | undefined,
): Pick<Checked, "decision" | "isDefault"> | undefined {
  if (hookAsk !== undefined) return { decision: hookAsk, isDefault: false };
  for (const basis of ["rule", "default"] as const) {
    for (const effect of ["ask", "allow"] as const) {
      const found = answers.find(({ answer }) => answer.basis === basis && answer.effect === effect);
      if (found !== undefined) return { decision: { ...decisionOf(found), effect }, isDefault: basis === "default" };
    }
  }
  return undefined;
}

function decisionOf({ layer, answer }: NamedAnswer): Decision {
  return {
    effect: "deny",
    layer,
    reason: answer.reason,
    ...(answer.rule === undefined ? {} : { rule: answer.rule }),
  };
}

async function askCheck(
  layer: CheckName,
  { call }: Prepared,
  run: ToolCallRun,
  signal: AbortSignal,
): Promise<CheckAnswer> {
  const labels = run.labeller.current();
  const scope = { ...run.scope, cwd: run.cwd, labels, canAsk: canBeAsked(call, run), signal };
  try {
    const answer: unknown = run.gate[layer].check(call, scope);
    if (!(answer instanceof Promise)) return readAnswer(answer, layer);
    using limit = openSignalScope([signal], { timeoutMs: run.limits.checkMs });
    return readAnswer(await raceSignal(answer, limit.signal), layer);
  } catch (error) {
    return denial(`The ${layer} check failed: ${describeError(error)}`);
  }
}

/** A question that was put before waits for its answer, also where nobody can be asked now. */
function canBeAsked({ callId }: Prepared["call"], { approver, journal }: ToolCallRun): boolean {
  return approver !== undefined || (callId !== undefined && (journal?.recall(callId)?.approval ?? null) !== null);
}

/** A check may be anybody's code: an answer in an unknown form becomes a denial where it enters. */
function readAnswer(answer: unknown, layer: CheckName): CheckAnswer {
  if (!isAnswer(answer)) return denial(`The ${layer} check gave an answer in an unknown form`);
  return answer;
}

function isAnswer(value: unknown): value is CheckAnswer {
  if (typeof value !== "object" || value === null) return false;
  const { effect, basis, reason, risk, riskReasons = [] } = value as Partial<CheckAnswer>;
  return (
    (effect === "allow" || effect === "ask" || effect === "deny" || effect === "none") &&
    (basis === "rule" || basis === "default") &&
    typeof reason === "string" &&
    (risk === undefined || RISK_LEVELS.includes(risk)) &&
    Array.isArray(riskReasons) &&
    riskReasons.every((text: unknown) => typeof text === "string")
  );
}

function denial(reason: string): CheckAnswer {
  return { effect: "deny", basis: "rule", reason };
}
