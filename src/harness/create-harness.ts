import { ApprovalInbox, toApprover } from "../approval/index.ts";
import { systemRandom } from "../async/index.ts";
import { describeError } from "../errors/index.ts";
import type { ContentPart } from "../spec/index.ts";
import { checkOptions } from "./check-options.ts";
import { toContent } from "./content-input.ts";
import { createRun, type Run } from "./create-run.ts";
import { sessionIdOf } from "./open-session.ts";
import { performRun } from "./perform-run.ts";
import type { HarnessOptions, RunOptions, RunOverrides } from "./run-options.ts";
import { openWiring, type Wiring } from "./wiring.ts";

/** Modules wired once, for many runs. Hold it with `await using`, or dispose it at the end. */
export interface Harness extends AsyncDisposable {
  run(prompt: string | readonly ContentPart[], overrides?: RunOverrides): Run;
  /** Goes on with a session: after a finished run with `input`, after a crash or a pause without. */
  resume(sessionId: string, input?: string): Run;
  /** The approvals that wait for an answer. */
  readonly approvals: ApprovalInbox;
}

/**
 * Wires the modules once and gives a harness. Rejects with the typed error of whatever cannot be opened: a
 * configuration or policy that does not parse, a sandbox that is not there.
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
export async function createHarness(options: HarnessOptions = {}): Promise<Harness> {
  checkOptions(options, "run");
  const { onApproval } = options;
  const approvals = onApproval instanceof ApprovalInbox ? onApproval : openInbox(onApproval);
  const shared: RunOptions = onApproval === undefined ? options : { ...options, onApproval: approvals };
  return openHarness(await openWiring(shared), shared, approvals);
}

function openInbox(onApproval: RunOptions["onApproval"]): ApprovalInbox {
  return new ApprovalInbox(onApproval === undefined ? {} : { approver: toApprover(onApproval) });
}

function openHarness(wiring: Wiring, shared: RunOptions, approvals: ApprovalInbox): Harness {
  const active = new Set<Run>();
  let isClosed = false;
  const start = (prompt: readonly ContentPart[] | undefined, overrides: RunOverrides): Run => {
    if (isClosed) throw disposed();
    const run = startRun(
      async () => {
        // A run begins when it is first read, which may be long after it was made.
        if (isClosed) throw disposed();
        active.add(run);
        return wiring;
      },
      { prompt, options: { ...shared, ...overrides }, close: async () => void active.delete(run) },
    );
    return run;
  };
  return {
    approvals,
    run(prompt, overrides = {}) {
      checkOptions(overrides, "overrides");
      return start(toContent(prompt), overrides);
    },
    resume: (sessionId, input) =>
      start(input === undefined ? undefined : toContent(input), { session: { id: sessionId, store: wiring.store } }),
    async [Symbol.asyncDispose]() {
      if (isClosed) return;
      isClosed = true;
      await Promise.all([...active].map((run) => run[Symbol.asyncDispose]()));
      await wiring.close();
    },
  };
}

function disposed(): TypeError {
  return new TypeError("This harness was disposed: make a new one");
}

/** What a run is started with. */
export interface StartRunOptions {
  readonly prompt: readonly ContentPart[] | undefined;
  readonly options: RunOptions;
  /** Called when the work is done, before the terminal message is shown. */
  readonly close?: () => Promise<void>;
}

/** Starts a run on a wiring that is opened when the run begins. */
export function startRun(open: () => Promise<Wiring>, { prompt, options, close }: StartRunOptions): Run {
  const sessionId = sessionIdOf(options) ?? (options.random ?? systemRandom).id();
  return createRun({
    sessionId,
    signal: options.signal,
    async perform(controls) {
      const result = await performRun(open, { prompt, sessionId, options, controls });
      try {
        await close?.();
      } catch (error) {
        // The outcome stands; what could not be closed must be seen by somebody.
        options.log?.(`The run could not be closed: ${describeError(error)}`);
      }
      return result;
    },
  });
}
