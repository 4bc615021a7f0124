import {
  causeOf,
  createTotals,
  recordPrompt,
  runAgent,
  type AgentEnd,
  type AgentRun,
  type CostOf,
  type StopCause,
  type StopSource,
} from "../agent/index.ts";
import { loadOnce, LoopTurns, raceSignal, startTimer, systemClock } from "../async/index.ts";
import { describeError, HarnessError } from "../errors/index.ts";
import { faultpoint } from "../faults/index.ts";
import type { Audit, Clock, ContentPart, Result, SessionEventBody } from "../spec/index.ts";
import { buildAgentRun, type BuiltRun } from "./build-agent-run.ts";
import { limitTime } from "./limit-time.ts";
import { describeEnd, describeRun } from "./describe-run.ts";
import { makeTerminal } from "./make-terminal.ts";
import { cancelled, type OpenedSession } from "./open-session.ts";
import { recordEnd, recordIgnored, recordStart, summarise } from "./record-run.ts";
import type { RunRequest } from "./run-request.ts";
import type { Wiring } from "./wiring.ts";

/** Most runs have no hooks for their beginning and end. */
const loadHooks = loadOnce(() => import("./run-hooks.ts"));

/** Of all runs of the process, which share one event loop. */
const BEGINNINGS = new LoopTurns();

/** Performs a run and returns its terminal message. Never throws: what cannot start ends as an error, too. */
export async function performRun(open: () => Promise<Wiring>, request: RunRequest): Promise<Result> {
  const elapsed = startWatch(request.options.clock ?? systemClock);
  const { stop, emitter, steering } = request.controls;
  const timer = new RunTimer(request);
  // Prices are known when the model is: until then nothing is used.
  let costOf: CostOf = () => undefined;
  let redact = (text: string): string => text;
  const totals = createTotals((usage, model) => costOf(usage, model));
  let end: AgentEnd;
  let isOpening = true;
  try {
    stop.signal.throwIfAborted();
    const wiring = await open();
    const turn = BEGINNINGS.take();
    if (turn !== undefined) await raceSignal(turn, stop.signal);
    redact = wiring.modules.redact;
    timer.setLimit(wiring.settings.config.timeouts.runMs);
    const built = await buildAgentRun(wiring, request, totals);
    costOf = built.run.costOf;
    isOpening = false;
    end = await runBuilt(wiring, built, { request, elapsed });
  } catch (error) {
    end = { ...(await neverBegun(causeOf(error, stop), request)), text: "", denials: [] };
  } finally {
    timer[Symbol.dispose]();
  }
  steering.close("The run has ended");
  return makeTerminal({ end, totals, durationMs: elapsed(), emitter, redact, isOpening });
}

/** Tells the milliseconds since now. A clock of the host that throws must not take the result away with it. */
function startWatch(clock: Clock): () => number {
  let startedAt = 0;
  const elapsed = (): number => {
    try {
      return clock.monotonic() - startedAt;
    } catch {
      return 0;
    }
  };
  startedAt = elapsed();
  return elapsed;
}

interface Started {
  readonly request: RunRequest;
  /** Milliseconds since the run began. */
  readonly elapsed: () => number;
}

async function runBuilt(wiring: Wiring, built: BuiltRun, { request, elapsed }: Started): Promise<AgentEnd> {
  const { run, audit, ownsAudit } = built;
  let end: AgentEnd;
  let isBegun = false;
  let limit: Disposable | undefined;
  try {
    announce(wiring, built);
    const { budget } = request.options;
    const own = budget === undefined || "reserve" in budget ? undefined : budget.onLimit;
    const onLimit = own ?? wiring.settings.config.budget.onLimit;
    // A budget whose limits ask is left alone: it refuses the next call, and a person is asked.
    const limited = onLimit === "ask" ? undefined : limitTime(run);
    limit = limited instanceof Promise ? await limited : limited;
    const asked = askHooks(built, request);
    if (asked !== undefined) await asked;
    await beginInJournal(built, request.prompt);
    isBegun = true;
    end = await runAgent(undefined, run);
  } catch (error) {
    const cause = causeOf(error, run.stop);
    end = { ...(isBegun ? cause : await neverBegun(cause, request)), text: "", denials: [] };
  } finally {
    limit?.[Symbol.dispose]();
  }
  const { denials = [], summaries = [] } = built.subagents ?? {};
  end = { ...end, denials: [...end.denials, ...denials], agents: summaries };
  const last = await finish(end, { built, audit, ownsAudit, isBegun });
  wiring.auditWatch.ended(built.start.auditPath);
  if (run.hooks.has("sessionEnd")) await (await loadHooks()).notifyEnd(run, last, elapsed());
  return last;
}

/** A run whose prompt is kept nowhere cannot be gone on with. */
async function neverBegun(cause: StopCause, { prompt }: RunRequest): Promise<StopCause> {
  if (prompt === undefined || cause.stopReason !== "paused") return cause;
  return { stopReason: "aborted", error: (await import("./put-aside.ts")).closedBefore() };
}

/** The first messages and records: how the run is set up. */
function announce(wiring: Wiring, { run, start, session, ignored }: BuiltRun): void {
  const { emitter } = run;
  recordStart(run, start, wiring.settings);
  emitter.emit({ type: "system", subtype: "session_start", data: start });
  if (ignored.length > 0) {
    recordIgnored(run, ignored);
    emitter.emit({ type: "system", subtype: "settings_ignored", data: { settings: ignored } });
  }
  if (session.resumed > 0) {
    run.audit.append({ type: "session_resumed", ...run.scope, data: { events: session.resumed } });
    emitter.emit({ type: "system", subtype: "session_resumed", data: { messages: session.resumed } });
  }
  const { cost } = session.spent;
  if (cost !== null && cost > 0) run.tracer?.measure({ type: "session-cost", sessionId: run.scope.sessionId, cost });
}

/** A hook may still stop the run here. */
function askHooks({ run, start }: BuiltRun, { prompt }: RunRequest): Promise<void> | undefined {
  const { hooks } = run;
  const isAsked = hooks.has("sessionStart") || (prompt !== undefined && hooks.has("beforePrompt"));
  return isAsked ? loadHooks().then(({ runFirstHooks }) => runFirstHooks(run, start, prompt)) : undefined;
}

/**
 * The run and its prompt are kept together: from here on it can be gone on with. A prompt that comes while a turn is open
 * is read after it.
 */
async function beginInJournal({ run, start, session }: BuiltRun, prompt: RunRequest["prompt"]): Promise<void> {
  const { journal } = session;
  // What waits for an open turn is put on record when it is read.
  if (prompt !== undefined && journal.state.openTurn === null) recordPrompt(prompt, run, { source: "user" });
  const asked = prompt === undefined ? [] : [askInJournal(prompt, run)];
  const recorded = journal.record([...describeRun(run, { session, start }), ...asked]);
  if (recorded instanceof Promise) await recorded;
  faultpoint("run-created");
  stopIfCancelled(session, run.stop);
}

function askInJournal(content: readonly ContentPart[], { journal, random }: AgentRun): SessionEventBody {
  if (journal.state.openTurn !== null) return { type: "steering-received", data: { id: random.id(), content } };
  return { type: "message-added", data: { message: { role: "user", content } } };
}

/** Somebody wanted the run that goes on here to end: its calls end as cancelled, and nothing new begins. */
function stopIfCancelled({ cancel }: OpenedSession, stop: StopSource): void {
  if (cancel === null) return;
  const error = cancelled(cancel);
  stop.stop({ stopReason: "aborted", error }, error);
}

/** The last record and the end of what the run opened. A record that fails turns the end into an error: it must not look like a success. */
async function finish(end: AgentEnd, { built, audit, ownsAudit, isBegun }: Finished): Promise<AgentEnd> {
  const { run, session } = built;
  let last = end;
  const fail = (error: unknown): void => {
    last = { ...end, stopReason: "error", error };
  };
  try {
    recordEnd(run, end);
    await audit.flush();
  } catch (error) {
    fail(error);
  }
  // What comes later is done all the same.
  if (isBegun) await endInJournal(last, built).catch(fail);
  await session.journal.close().catch((error: unknown) => {
    // All of the run is kept; its lease ends by itself.
    run.log(`The session could not be given free: ${describeError(error)}`);
  });
  if (ownsAudit) await audit.close().catch(fail);
  return last;
}

interface Finished {
  readonly built: BuiltRun;
  readonly audit: Audit;
  readonly ownsAudit: boolean;
  /** Whether the journal knows of the run: what never began there does not end there. */
  readonly isBegun: boolean;
}

async function endInJournal(end: AgentEnd, built: BuiltRun): Promise<void> {
  faultpoint("before-run-ended");
  const data = describeEnd(end, summarise(built.run, end), built);
  const recorded = built.session.journal.record({ type: "run-ended", data }, { durable: true });
  if (recorded instanceof Promise) await recorded;
  faultpoint("after-run-ended");
}

/** Ends the run when its time is over: by options at once, by configuration as soon as that is known. */
class RunTimer implements Disposable {
  readonly #stop: StopSource;
  #cancel: (() => void) | undefined;

  constructor({ options, controls }: RunRequest) {
    this.#stop = controls.stop;
    this.setLimit(options.timeouts?.runMs);
  }

  setLimit(ms: number | undefined): void {
    if (ms === undefined || this.#cancel !== undefined) return;
    this.#cancel = startTimer(ms, () => {
      const error = new HarnessError(`The run took longer than ${ms} ms`, { code: "timeout" });
      this.#stop.stop({ stopReason: "timeout", error }, error);
    });
  }

  [Symbol.dispose](): void {
    this.#cancel?.();
  }
}
