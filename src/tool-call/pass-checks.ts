import { isPromise, openSignalScope, raceSignal } from "../async/index.ts";
import { describeError } from "../errors/index.ts";
import type {
  AuditAnswer,
  AuditEntry,
  CheckAnswer,
  CheckScope,
  Decision,
  PreparedCall,
  RiskLevel,
} from "../spec/index.ts";
import { GATE_ORDER } from "./gate-order.ts";
import { isGraver, RISK_LEVELS } from "./risk-order.ts";
import { cancel, deny, NOT_BEGUN, type Checked, type Ended, type Prepared } from "./steps.ts";
import type { CallWatch } from "./tool-call-event.ts";
import type { ToolCallRun } from "./tool-call-run.ts";

/** The name of a check. */
export type CheckName = (typeof GATE_ORDER)[number];

/** What goes along with a call on its way through the gate. */
export interface GateWatch extends CallWatch {
  /** Keeps an answer for the call's entry in the audit log. */
  readonly note: AuditEntry["note"];
}

/**
 * Step 2: the questions of `GATE_ORDER`. A denial ends the call at once. Otherwise what someone wrote for such calls goes
 * before defaults, and among equals a question goes before a permission; when nobody answers, the call is denied. Checks
 * that answer at once are not waited for.
 */
export function passChecks(
  prepared: Prepared,
  run: ToolCallRun,
  watch: GateWatch,
): Checked | Ended | Promise<Checked | Ended> {
  const hearing = new Hearing(prepared, watch);
  const scope = scopeOf(prepared.call, run, watch.signal);
  for (const layer of GATE_ORDER) {
    const asked = askCheck(layer, prepared.call, { run, scope });
    if (asked instanceof Promise) return passSlowly(hearing, { layer, asked }, run);
    const ended = hearing.take(layer, asked);
    if (ended !== undefined) return ended;
  }
  return hearing.decide();
}

/** Goes on from the first check that takes its time. */
async function passSlowly(
  hearing: Hearing,
  first: { readonly layer: CheckName; readonly asked: Promise<CheckAnswer> },
  run: ToolCallRun,
): Promise<Checked | Ended> {
  const { call, signal } = hearing;
  const ended = hearing.take(first.layer, await first.asked);
  if (ended !== undefined) return ended;
  for (const layer of GATE_ORDER.slice(GATE_ORDER.indexOf(first.layer) + 1)) {
    // While a check thought, another call may have brought something into the context.
    const asked = askCheck(layer, call, { run, scope: scopeOf(call, run, signal) });
    const later = hearing.take(layer, asked instanceof Promise ? await asked : asked);
    if (later !== undefined) return later;
  }
  return hearing.decide();
}

interface NamedAnswer {
  readonly layer: CheckName;
  readonly answer: CheckAnswer;
}

/** What the checks answered about one call so far. */
class Hearing {
  readonly call: PreparedCall;
  readonly signal: AbortSignal;
  readonly #prepared: Prepared;
  readonly #watch: GateWatch;
  #first: NamedAnswer | undefined;
  #risk: RiskLevel | undefined;
  readonly #riskReasons: string[] = [];

  constructor(prepared: Prepared, watch: GateWatch) {
    this.call = prepared.call;
    this.signal = watch.signal;
    this.#prepared = prepared;
    this.#watch = watch;
    // What a tool declares holds whatever check of risk the host has.
    this.#risk = prepared.call.tool.risk;
  }

  /** Takes an answer; gives the end of the call where there is nothing more to ask. */
  take(layer: CheckName, answer: CheckAnswer): Ended | undefined {
    const { note, tell, signal } = this.#watch;
    if (signal.aborted) return cancel(NOT_BEGUN);
    if (isWorthNoting(answer)) note(describeAnswer(layer, answer));
    if (answer.simulated !== undefined) tell({ ...answer.simulated, type: "policy-simulated" });
    if (answer.effect === "deny") return deny(decisionOf({ layer, answer }), this.#prepared.guidance);
    this.#risk = higher(this.#risk, answer.risk);
    if (answer.riskReasons !== undefined) this.#riskReasons.push(...answer.riskReasons);
    const first = this.#first;
    if (answer.effect !== "none" && (first === undefined || rank(answer) < rank(first.answer))) {
      this.#first = { layer, answer };
    }
    return undefined;
  }

  /** What all of them come to. */
  decide(): Checked | Ended {
    const { call, ask, guidance } = this.#prepared;
    if (this.#risk === "block") {
      return deny({ layer: "risk", reason: "The call is too dangerous to be executed" }, guidance);
    }
    const decided = decide(this.#first, ask);
    if (decided === undefined) return deny({ layer: "gate", reason: "No check allowed this call" }, guidance);
    const { decision, isDefault } = decided;
    const risk = this.#risk ?? "medium";
    return { type: "checked", call, decision, isDefault, risk, riskReasons: this.#riskReasons, guidance };
  }
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

/** What goes before what: the lower. */
function rank({ basis, effect }: CheckAnswer): number {
  return (basis === "rule" ? 0 : 2) + (effect === "ask" ? 0 : 1);
}

function decide(
  first: NamedAnswer | undefined,
  hookAsk: Decision | undefined,
): Pick<Checked, "decision" | "isDefault"> | undefined {
  if (hookAsk !== undefined) return { decision: hookAsk, isDefault: false };
  if (first === undefined) return undefined;
  const effect = first.answer.effect === "ask" ? "ask" : "allow";
  return { decision: { ...decisionOf(first), effect }, isDefault: first.answer.basis === "default" };
}

function decisionOf({ layer, answer }: NamedAnswer): Decision {
  return {
    effect: "deny",
    layer,
    reason: answer.reason,
    ...(answer.rule === undefined ? {} : { rule: answer.rule }),
  };
}

function scopeOf(call: PreparedCall, run: ToolCallRun, signal: AbortSignal): CheckScope {
  const labels = run.labeller.current();
  return Object.freeze({ ...run.scope, cwd: run.cwd, labels, canAsk: canBeAsked(call, run), signal });
}

interface Asking {
  readonly run: ToolCallRun;
  readonly scope: CheckScope;
}

/** Most checks answer at once: no time limit is set up for them. */
function askCheck(layer: CheckName, call: PreparedCall, { run, scope }: Asking): CheckAnswer | Promise<CheckAnswer> {
  try {
    const answer: unknown = run.gate[layer].check(call, scope);
    return isPromise(answer) ? awaitCheck(layer, Promise.resolve(answer), { run, scope }) : readAnswer(answer, layer);
  } catch (error) {
    return failure(layer, error);
  }
}

async function awaitCheck(layer: CheckName, answer: Promise<unknown>, { run, scope }: Asking): Promise<CheckAnswer> {
  try {
    using limit = openSignalScope([scope.signal], { timeoutMs: run.limits.checkMs });
    return readAnswer(await raceSignal(answer, limit.signal), layer);
  } catch (error) {
    return failure(layer, error);
  }
}

function failure(layer: CheckName, error: unknown): CheckAnswer {
  return denial(`The ${layer} check failed: ${describeError(error)}`);
}

/** A question that was put before waits for its answer, also where nobody can be asked now. */
function canBeAsked({ callId }: PreparedCall, { approver, journal }: ToolCallRun): boolean {
  return approver !== undefined || (callId !== undefined && (journal?.recall(callId)?.approval ?? null) !== null);
}

/** A check may be anybody's code: an answer in an unknown form becomes a denial where it enters. */
function readAnswer(answer: unknown, layer: CheckName): CheckAnswer {
  if (!isAnswer(answer)) return denial(`The ${layer} check gave an answer in an unknown form`);
  return answer;
}

function isAnswer(value: unknown): value is CheckAnswer {
  if (typeof value !== "object" || value === null) return false;
  const { effect, basis, reason, risk, riskReasons } = value as Partial<CheckAnswer>;
  return (
    (effect === "allow" || effect === "ask" || effect === "deny" || effect === "none") &&
    (basis === "rule" || basis === "default") &&
    typeof reason === "string" &&
    (risk === undefined || RISK_LEVELS.includes(risk)) &&
    (riskReasons === undefined || isTexts(riskReasons))
  );
}

function isTexts(value: unknown): boolean {
  return Array.isArray(value) && value.every((text: unknown) => typeof text === "string");
}

function denial(reason: string): CheckAnswer {
  return { effect: "deny", basis: "rule", reason };
}
