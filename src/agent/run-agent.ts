import { loadOnce } from "../async/index.ts";
import { HarnessError, ProviderError } from "../errors/index.ts";
import type { AgentSummary, ContentPart, Denial, ModelFinish, Tracer } from "../spec/index.ts";
import { below } from "../tool-call/index.ts";
import type { AgentRun, OutputSpec } from "./agent-run.ts";
import { deliverSteering, hasSteering } from "./deliver-steering.ts";
import { createRoomWatch, makeRoom, makeRoomForRetry, needsRoom, type RoomWatch } from "./make-room.ts";
import { readOutput } from "./read-output.ts";
import { recordPrompt } from "./record-event.ts";
import { resumeTurn, runTurn, type Turn } from "./run-turn.ts";
import type { StallWatch } from "./stall.ts";
import { causeOf, type StopCause } from "./stop.ts";
import { textOf } from "./stream-turn.ts";
import { createBudgetTeller, type BudgetTeller } from "./tell-budget.ts";
import { watchRun } from "./watch-run.ts";

const loadStall = loadOnce(() => import("./stall.ts"));

/** How a run of an agent ended; the harness makes the terminal `Result` of it. */
export interface AgentEnd extends StopCause {
  readonly text: string;
  readonly output?: unknown;
  readonly denials: readonly Denial[];
  /** What its sub-agents came to, where it has any. */
  readonly agents?: readonly AgentSummary[];
}

/** What changes from turn to turn. */
interface Progress {
  text: string;
  output: { readonly value: unknown } | undefined;
  readonly denials: Denial[];
  outputAttempts: number;
  readonly stall: StallWatch | undefined;
  /** Made when the model is to be told. */
  teller: BudgetTeller | undefined;
  readonly room: RoomWatch;
  /** The window was full in the middle of an answer, and the history was made shorter for it. */
  isShortened: boolean;
}

/** How often a model may correct a structured output that does not fit its schema. */
const MAX_OUTPUT_ATTEMPTS = 3;

/**
 * Runs an agent from a prompt to its end: model stream ⇄ tool calls. Messages go to the run's emitter; whatever
 * happens comes back as an end, never as an exception.
 */
export function runAgent(prompt: readonly ContentPart[] | undefined, run: AgentRun): Promise<AgentEnd> {
  return run.tracer === undefined ? runToEnd(prompt, run) : runTraced(prompt, run, run.tracer);
}

async function runTraced(prompt: readonly ContentPart[] | undefined, run: AgentRun, tracer: Tracer): Promise<AgentEnd> {
  const { scope, model, redact } = run;
  const tools = run.toolSpecs().map(({ name }) => name);
  using span = tracer.startSpan(
    "run",
    { ...scope, provider: model.provider, model: model.id, tools, redact },
    run.span,
  );
  const end = await runToEnd(prompt, below(span, run));
  const { turns, toolCalls, usage, cost } = run.totals;
  span.note({ stopReason: end.stopReason, turns, toolCalls, usage, cost });
  // A run that waits for a person did not fail.
  if (end.error !== undefined && end.stopReason !== "paused") span.recordError(end.error);
  return end;
}

async function runToEnd(prompt: readonly ContentPart[] | undefined, run: AgentRun): Promise<AgentEnd> {
  const progress: Progress = {
    text: "",
    output: undefined,
    denials: [],
    outputAttempts: 0,
    stall: run.stall === undefined ? undefined : (await loadStall()).createStallWatch(run.stall),
    teller: undefined,
    room: createRoomWatch(),
    isShortened: false,
  };
  let cause: StopCause;
  try {
    // Calls that were open get their results also when the run is to end: cancelled, or not known.
    if (run.journal.state.openTurn === null) run.stop.signal.throwIfAborted();
    cause = (await goOn(prompt, run, progress)) ?? (await runTurns(run, progress));
  } catch (error) {
    cause = causeOf(error, run.stop);
  }
  run.steering.close("The run has ended");
  run.compactions.close("The run has ended");
  const { text, output, denials } = progress;
  return { ...cause, text, denials, ...(output === undefined ? {} : { output: output.value }) };
}

/** The model's last answer where nothing was said after it. */
function lastAnswer({ journal: { state } }: AgentRun): Turn | undefined {
  const message = state.messages.at(-1);
  if (message?.role !== "assistant" || state.lastReason === null) return undefined;
  const finish: ModelFinish = { type: "finish", reason: state.lastReason, message, usage: undefined };
  return { finish, calls: [], results: [], isPaused: false };
}

/** Ends what was interrupted before anything new is said: open calls, or a run whose last answer is there already. */
async function goOn(
  prompt: readonly ContentPart[] | undefined,
  run: AgentRun,
  progress: Progress,
): Promise<StopCause | undefined> {
  if (run.journal.state.openTurn !== null) {
    const ended = await resumeTurn(run, run.journal.state.turn);
    if (ended !== undefined) noteTurn(ended, progress);
    const cause = ended === undefined ? undefined : await nextStep(ended, run, progress);
    if (cause !== undefined && cause !== "natural") return cause;
  } else if (prompt === undefined) {
    const answered = lastAnswer(run);
    if (answered !== undefined) noteTurn(answered, progress);
    const cause = answered === undefined ? undefined : await nextStep(answered, run, progress);
    if (cause === "natural") return hasSteering(run) ? undefined : { stopReason: "end_turn" };
    if (cause !== undefined) return cause;
  }
  if (prompt !== undefined) {
    recordPrompt(prompt, run, { source: run.scope.parentToolUseId === undefined ? "user" : "subagent" });
    await run.history.append({ role: "user", content: prompt });
  }
  return undefined;
}

async function runTurns(run: AgentRun, progress: Progress): Promise<StopCause> {
  for (let turn = 1; turn <= run.maxTurns; turn += 1) {
    run.stop.signal.throwIfAborted();
    if (hasSteering(run)) await deliverSteering(run, turn);
    if (run.budget.tellsModel === true) await tellBudget(run, (progress.teller ??= createBudgetTeller(run.budget)));
    if (needsRoom(run, progress.room)) await makeRoom(run, progress.room, run.stop.signal);
    const ended = await runTurn(run, turn);
    noteTurn(ended, progress);
    const step = stepAfter(ended, run, progress);
    const cause = step instanceof Promise ? await step : step;
    if (cause === "natural" && hasSteering(run) && turn < run.maxTurns) continue;
    if (cause === "natural") return { stopReason: "end_turn" };
    if (cause !== undefined) return cause;
  }
  const message = `The run reached its ${run.maxTurns} turns before the model finished: raise maxTurns or split the task`;
  return { stopReason: "max_turns", error: new HarnessError(message, { code: "max_turns" }) };
}

/** At the border of a turn, like a person's words: what was sent before stays as it was, and so does the vendor's cache. */
async function tellBudget(run: AgentRun, teller: BudgetTeller): Promise<void> {
  const text = await teller.next();
  if (text !== undefined) await run.history.append({ role: "user", content: [{ type: "text", text }] });
}

function noteTurn({ finish, results }: Turn, progress: Progress): void {
  const text = textOf(finish.message, "text");
  if (text !== "") progress.text = text;
  for (const { call, name, outcome, decision } of results) {
    if (outcome === "denied") progress.denials.push({ toolUseId: call.id, name, decision });
  }
}

/** What follows a turn: an end, the natural end, or (`undefined`) the next turn. */
type Step = StopCause | "natural" | undefined;

/** What follows a turn by itself, and by what watches the run. */
function stepAfter(turn: Turn, run: AgentRun, progress: Progress): Step | Promise<Step> {
  const step = nextStep(turn, run, progress);
  if (step instanceof Promise) return step.then((next) => next ?? watchRun(turn, run, progress.stall));
  return step ?? watchRun(turn, run, progress.stall);
}

/** Known at once, but for an answer that is to be read and a history that is to be made shorter. */
function nextStep(turn: Turn, run: AgentRun, progress: Progress): Step | Promise<Step> {
  const { finish, calls, isPaused } = turn;
  if (isPaused)
    return { stopReason: "paused", error: new HarnessError("The run waits for an approval", { code: "paused" }) };
  switch (finish.reason) {
    case "end_turn":
    case "tool_use":
      if (calls.length > 0) return undefined;
      return run.output === undefined ? "natural" : readAnswer(run.output, run, progress);
    case "pause_turn":
      return undefined;
    case "max_tokens":
      return stopWith("max_tokens", "max_tokens", "The answer was cut off at its token limit: raise maxOutputTokens");
    case "context_window":
      return goOnShorter(run, progress);
    case "refusal":
      return stopWith("refusal", "refusal", "The model refused to answer");
    case "other":
      return stopUnknown(finish);
    default:
      // A model may be anybody's code.
      finish.reason satisfies never;
      return stopUnknown(finish);
  }
}

/** An answer that was cut off since the window is full: once, the history is made shorter and the model goes on. */
async function goOnShorter(run: AgentRun, progress: Progress): Promise<Step> {
  if (progress.isShortened || !(await makeRoomForRetry(run, run.stop.signal))) {
    return stopWith("max_tokens", "max_tokens", "The conversation does not fit the model's context window any more");
  }
  progress.isShortened = true;
  const text = "Your last answer was cut off because the context was full. There is room again: go on where it ended.";
  await run.history.append({ role: "user", content: [{ type: "text", text }] });
  return undefined;
}

function stopUnknown({ message: { model }, reason, rawReason = reason }: ModelFinish): StopCause {
  const { provider } = model;
  const message = `${provider} stopped for a reason that is not known: ${rawReason}`;
  return { stopReason: "error", error: new ProviderError(message, { provider, isRetryable: false }) };
}

function stopWith(stopReason: "max_tokens" | "refusal", code: "max_tokens" | "refusal", message: string): StopCause {
  return { stopReason, error: new HarnessError(message, { code }) };
}

/** Ends naturally with an answer of the form that was asked for; else the model may correct it a few times. */
async function readAnswer(output: OutputSpec, run: AgentRun, progress: Progress): Promise<Step> {
  const read = await readOutput(progress.text, output);
  if (read.isValid) {
    progress.output = { value: read.value };
    return "natural";
  }
  progress.outputAttempts += 1;
  if (progress.outputAttempts >= MAX_OUTPUT_ATTEMPTS) {
    const message = `The answer does not fit outputSchema after ${MAX_OUTPUT_ATTEMPTS} attempts: ${read.problem}`;
    return { stopReason: "error", error: new HarnessError(message, { code: "output_invalid" }) };
  }
  const text = `Your answer does not fit the required schema: ${read.problem}. Answer with the corrected JSON only.`;
  await run.history.append({ role: "user", content: [{ type: "text", text }] });
  return undefined;
}
