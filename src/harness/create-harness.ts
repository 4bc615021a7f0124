import { ApprovalInbox } from "../approval/approval-inbox.ts";
import { toApprover } from "../approval/to-approver.ts";
import { systemClock, systemRandom } from "../async/index.ts";
import type { Checkpoints } from "../checkpoints/index.ts";
import type { Sessions } from "../session/index.ts";
import type { ContentPart, Result } from "../spec/index.ts";
import { checkNode } from "./check-node.ts";
import { checkOptions } from "./check-options.ts";
import { toContent } from "./content-input.ts";
import { createRun, type Run, type RunControls } from "./create-run.ts";
import { definedOf } from "./defined-of.ts";
import { openHarnessApprovals, type HarnessApprovals } from "./open-approvals.ts";
import { openHarnessSessions } from "./open-sessions.ts";
import { sessionIdOf, sessionLimits } from "./open-stores.ts";
import { performRun } from "./perform-run.ts";
import type { ActiveRun } from "./put-aside.ts";
import type { RecoverOptions } from "./recover-sessions.ts";
import type { HarnessOptions, RunOptions, RunOverrides } from "./run-options.ts";
import { openSessionCheckpoints } from "./session-checkpoints.ts";
import { openWiring, type Wiring } from "./wiring.ts";

/** Modules wired once, for many runs. Hold it with `await using`, or dispose it at the end. */
export interface Harness extends AsyncDisposable {
  run(prompt: string | readonly ContentPart[], overrides?: RunOverrides): Run;
  /**
   * Goes on with a session: after a finished run with `input`, after a crash or a pause without. What was done is not done
   * again; a call of which nobody knows whether it happened pauses the run until somebody says so.
   */
  resume(sessionId: string, input?: string, overrides?: Omit<RunOverrides, "session">): Run;
  /**
   * Goes on with every session that has something to do and that no process works on: after crashes, and for answers that
   * were given meanwhile. Call it at the start, and every few seconds where others answer approvals.
   */
  recover(options?: RecoverOptions): Promise<readonly Result[]>;
  /** What calls of a session changed in files, and the way back. */
  checkpoints(sessionId: string): Checkpoints;
  /** The sessions: list, show, search, fork, rename, delete, cancel, export and import. */
  readonly sessions: Sessions;
  /** The approvals that wait for an answer. */
  readonly approvals: HarnessApprovals;
}

/**
 * Wires the modules once and gives a harness. Rejects with the typed error of whatever cannot be opened: a
 * configuration or policy that does not parse, a sandbox that is not there, a Node that is too old.
 *
 * @example
 * ```ts
 * import { createHarness } from "harness-agent";
 * import { scriptedModel } from "harness-agent/testing";
 *
 * const harness = await createHarness({ model: scriptedModel(["Hello.", "Hello again."]), tools: [], audit: false });
 * console.log(await harness.run("Greet me").text());
 * console.log(await harness.run("Once more").text());
 * await harness[Symbol.asyncDispose]();
 * ```
 */
export async function createHarness(given: HarnessOptions = {}): Promise<Harness> {
  checkNode(given.log);
  checkOptions(given, "harness");
  const options: RunOptions = definedOf(given);
  const { onApproval } = options;
  const inbox = onApproval instanceof ApprovalInbox ? onApproval : openInbox(onApproval);
  const shared: RunOptions = onApproval === undefined ? options : { ...options, onApproval: inbox };
  return openHarness(await openWiring(shared), shared, inbox);
}

function openInbox(onApproval: RunOptions["onApproval"]): ApprovalInbox {
  return new ApprovalInbox(onApproval === undefined ? {} : { approver: toApprover(onApproval) });
}

function openHarness(wiring: Wiring, shared: RunOptions, inbox: ApprovalInbox): Harness {
  const active = new Map<Run, ActiveRun>();
  let isClosed = false;
  let closing: Promise<void> | undefined;
  const close = async (): Promise<void> => {
    isClosed = true;
    if (active.size > 0) await (await import("./put-aside.ts")).putAside(active, wiring.stores);
    await wiring.close();
  };
  const start = ({ prompt, overrides, isResumed }: HarnessRun): Run => {
    if (isClosed) throw disposed();
    const options = overrideOptions(shared, overrides);
    const run = startRun(
      async ({ stop }) => {
        // A run begins when it is first read, which may be long after it was made.
        if (isClosed) throw disposed();
        active.set(run, { stop, options });
        return wiring;
      },
      { prompt, isResumed, options, close: async () => void active.delete(run) },
    );
    return run;
  };
  const resume: Harness["resume"] = (sessionId, input, overrides = {}) => {
    checkOptions(overrides, "overrides");
    const prompt = input === undefined ? undefined : toContent(input);
    const session = { ...sessionLimits(shared), id: sessionId };
    return start({ prompt, overrides: { ...overrides, session }, isResumed: true });
  };
  return {
    sessions: openHarnessSessions({
      stores: wiring.stores,
      clock: shared.clock,
      random: shared.random,
      home: wiring.settings.home,
    }),
    approvals: openHarnessApprovals({ stores: wiring.stores, inbox, clock: shared.clock }),
    checkpoints: (sessionId) =>
      openSessionCheckpoints(
        {
          ...shared,
          home: wiring.settings.home,
          audit: async () => (await wiring.audits.of(wiring.settings.options)).audit,
        },
        sessionId,
      ),
    run(prompt, overrides = NOTHING) {
      if (overrides !== NOTHING) checkOptions(overrides, "overrides");
      return start({ prompt: toContent(prompt), overrides, isResumed: false });
    },
    resume,
    async recover(options = {}) {
      const { recoverSessions } = await import("./recover-sessions.ts");
      const { clock = systemClock } = shared;
      const goOn = (sessionId: string): Run | undefined => (isClosed ? undefined : resume(sessionId));
      return await recoverSessions(wiring.stores, goOn, { clock, ...options });
    },
    // Whoever closes it twice, such as a handler of a signal and the end of a block, waits for the same.
    [Symbol.asyncDispose]: () => (closing ??= close()),
  };
}

/** Says nothing that would have to be checked. */
const NOTHING: RunOverrides = {};

interface HarnessRun {
  readonly prompt: readonly ContentPart[] | undefined;
  readonly overrides: RunOverrides;
  readonly isResumed: boolean;
}

/** What one run says goes before what the harness says: its model also before a router, its timeouts one by one. */
function overrideOptions(shared: RunOptions, overrides: RunOverrides): RunOptions {
  const own = overrides === NOTHING ? NOTHING : definedOf(overrides);
  // The very same options: what they come to is known already.
  if (Object.keys(own).length === 0) return shared;
  const { router, ...rest } = shared;
  return {
    ...rest,
    ...(router === undefined || own.model !== undefined ? {} : { router }),
    ...own,
    timeouts: { ...shared.timeouts, ...definedOf(own.timeouts ?? {}) },
  };
}

function disposed(): TypeError {
  return new TypeError("This harness was disposed: make a new one");
}

/** What a run is started with. */
export interface StartRunOptions {
  readonly prompt: readonly ContentPart[] | undefined;
  readonly options: RunOptions;
  /** Whether the session must be there already. */
  readonly isResumed: boolean;
  /** Called when the work is done, before the terminal message is shown. */
  readonly close?: () => Promise<void>;
}

/** Starts a run on a wiring that is opened when the run begins. */
export function startRun(
  open: (controls: RunControls) => Promise<Wiring>,
  { prompt, options, isResumed, close }: StartRunOptions,
): Run {
  const sessionId = sessionIdOf(options) ?? (options.random ?? systemRandom).id();
  return createRun({
    sessionId,
    signal: options.signal,
    perform: (controls) => performRun(() => open(controls), { prompt, sessionId, isResumed, options, controls }),
    close,
    log: options.log,
  });
}
