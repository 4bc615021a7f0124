import { createHarness, type Harness, type RunOptions } from "../harness/index.ts";
import { HarnessError } from "../errors/index.ts";
import { memoryStore } from "../session/index.ts";
import type { Model, Result, Sandbox, Tool } from "../spec/index.ts";
import { openCallRecord } from "./call-record.ts";
import { compareRuns, type ReplayedRun } from "./compare-runs.ts";
import { findNotes } from "./find-notes.ts";
import { readRecording } from "./read-recording.ts";
import { noOpinion, recordedApprover, recordedCheck } from "./recorded-gate.ts";
import { recordedModel } from "./recorded-model.ts";
import { replayTools, toolsOf } from "./recorded-tools.ts";
import type { RecordedRun, Recording } from "./recording.ts";
import type { ReplayReport } from "./replay-report.ts";

/**
 * Options of `replaySession`. Without any of them the record is replayed as it is. `policy`, `permissions`,
 * `permissionMode`, `risk` and `taint` put a real gate in the place of the recorded decisions, `budget` a limit, `model`
 * another model.
 */
export interface ReplayOptions extends Pick<
  RunOptions,
  "policy" | "permissions" | "permissionMode" | "risk" | "taint" | "budget" | "prices" | "cwd" | "telemetry" | "env"
> {
  /** Answers in the place of the record. It is really called; the tools are not. */
  readonly model?: Model;
  /** The host's own tools, so that their calls are judged by effect and schema. They are not executed. */
  readonly tools?: readonly Tool[];
}

/**
 * Replays a recorded session offline: the same loop, the same pipeline, the recorded answers and results. No tool is
 * executed, no file written, nobody asked. Says where it goes another way: "what would version 2 have blocked?"
 *
 * After a first difference the record still answers as it did: it shows what the rules say of each recorded call, not what
 * the model would have done instead.
 *
 * @example
 * ```ts
 * import { run } from "harness-agent";
 * import { readRecording, replaySession } from "harness-agent/replay";
 * import { memoryStore } from "harness-agent/session";
 * import { scriptedModel } from "harness-agent/testing";
 *
 * const store = memoryStore();
 * const model = scriptedModel([{ toolCalls: [{ name: "Glob", args: { pattern: "*.md" } }] }, "Done."]);
 * const { sessionId } = await run("List the documents", { model, audit: false, session: { store } }).result;
 * const report = await replaySession(await readRecording(store, sessionId), { permissions: { deny: ["Glob"] } });
 * console.log(report.blocked, report.divergences);
 * ```
 */
export async function replaySession(recording: Recording, options: ReplayOptions = {}): Promise<ReplayReport> {
  const store = memoryStore();
  const { sessionId } = recording;
  const isGiven = ["policy", "permissions", "permissionMode", "risk", "taint"].some((name) =>
    Object.hasOwn(options, name),
  );
  const pairs: ReplayedRun[] = [];
  for (const [index, recorded] of recording.runs.entries()) {
    const result = await replayRun(recorded, { options, isGiven, session: { id: sessionId, store } });
    const replayed = (await readRecording(store, sessionId)).runs[index];
    if (replayed === undefined) {
      throw new HarnessError(`Run ${index + 1} could not be replayed: ${result.error?.message}`, {
        code: "run_failed",
      });
    }
    pairs.push({ number: index + 1, recorded, replayed, result, comparesRules: isGiven });
  }
  return makeReport(recording, pairs, { isGiven, options });
}

interface Surroundings {
  readonly options: ReplayOptions;
  /** Whether a real gate judges. */
  readonly isGiven: boolean;
  readonly session: Exclude<RunOptions["session"], undefined>;
}

async function replayRun(run: RecordedRun, { options, isGiven, session }: Surroundings): Promise<Result> {
  const { model, tools: own = [], ...given } = options;
  const tools = toolsOf(run, own);
  const record = await openCallRecord(run, tools);
  const said = run.turns.map((turn) => turn.said);
  let turn = 0;
  const replay = model ?? recordedModel(run);
  // What the person said before the next answer is said while this one is given: so it is delivered in between.
  const steered: Model = {
    ...replay,
    stream(request, callOptions) {
      record.enter(run.turns[turn]);
      turn += 1;
      for (const text of said[turn] ?? []) void current.steer(text);
      return replay.stream(request, callOptions);
    },
  };
  await using harness = await createHarness({
    ...QUIET,
    ...(isGiven ? { permissionMode: toMode(run.permissionMode) } : recordedOptions(record)),
    ...given,
    onApproval: recordedApprover(record),
  });
  const current = startRun(harness, run, { model: steered, tools: replayTools(tools, record), session });
  return await current.result;
}

function startRun(
  harness: Harness,
  { prompt, turns, stopReason }: RecordedRun,
  options: Required<Pick<RunOptions, "model" | "tools" | "session">>,
) {
  // A run that was stopped at its limit had so many turns; any other may ask once more, and learns that the record ends.
  const maxTurns = Math.max(1, stopReason === "max_turns" ? turns.length : turns.length + 1);
  return harness.run(prompt, { ...options, maxTurns });
}

function recordedOptions(record: Parameters<typeof recordedCheck>[0]) {
  return { policy: recordedCheck(record), risk: noOpinion, taint: false, permissionMode: "bypass" } as const;
}

function toMode(recorded: string | undefined): NonNullable<RunOptions["permissionMode"]> {
  const modes = ["default", "accept_edits", "plan", "bypass"] as const;
  return modes.find((mode) => mode === recorded) ?? "default";
}

/** A place where nothing runs: a tool that got here was not replayed. */
const NOWHERE: Sandbox = {
  mode: "replay",
  isolation: { mode: "replay", filesystem: "confined", network: "none", environment: "scrubbed", limits: [] },
  async exec() {
    throw new HarnessError("A replay runs no commands", { code: "sandbox_failed" });
  },
  [Symbol.asyncDispose]: async () => {},
};

/** A replay writes nothing, reads no configuration and tells nobody. */
const QUIET = {
  audit: false,
  config: false,
  checkpoints: false,
  env: {},
  sandbox: NOWHERE,
  retry: { maxRetries: 0 },
} as const satisfies RunOptions;

function makeReport(
  recording: Recording,
  pairs: readonly ReplayedRun[],
  { isGiven, options }: Pick<Surroundings, "isGiven" | "options">,
): ReplayReport {
  const divergences = pairs.flatMap(compareRuns);
  const turns = pairs.flatMap(({ recorded }) => recorded.turns);
  return {
    sessionId: recording.sessionId,
    isSame: divergences.length === 0,
    gate: isGiven ? "given" : "recorded",
    runs: pairs.length,
    turns: turns.length,
    calls: turns.reduce((count, { calls }) => count + calls.length, 0),
    divergences,
    blocked: divergences.filter((found) => found.type === "decision" && found.change === "blocked").length,
    recordedCost: sum(pairs.map(({ recorded }) => recorded.cost)),
    replayedCost: sum(pairs.map(({ result }) => result.totalCost)),
    notes: findNotes(recording, { isGiven, tools: options.tools ?? [] }),
  };
}

function sum(costs: readonly (number | undefined)[]): number | undefined {
  return costs.reduce((total, cost) => (total === undefined || cost === undefined ? undefined : total + cost), 0);
}
