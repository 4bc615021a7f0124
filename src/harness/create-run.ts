import { createQueue, type Queue } from "../async/index.ts";
import {
  createCompactionRequests,
  createEmitter,
  createSteering,
  createStop,
  type CompactionRequests,
  type Emitter,
  type Steering,
  type StopSource,
} from "../agent/index.ts";
import type { CompactReceipt, SteerReceipt } from "../agent/index.ts";
import { HarnessError } from "../errors/index.ts";
import type { Message, Result } from "../spec/index.ts";
import { unwrap } from "./unwrap.ts";

/**
 * A run: read it as an `AsyncIterable` of messages, or await what you need of it. It starts when it is first read or
 * awaited. A reader that leaves the loop early aborts it; the result then tells what was used until then.
 */
export interface Run extends AsyncIterable<Message>, AsyncDisposable {
  readonly sessionId: string;
  /** The terminal message; never rejects. */
  readonly result: Promise<Result>;
  /** The final text. Throws the typed error of an unsuccessful run. */
  text(): Promise<string>;
  /** The validated structured output of `outputSchema`. Throws the typed error of an unsuccessful run. */
  output<Output>(): Promise<Output>;
  /** Says something to the model while it works: delivered before the next turn. */
  steer(text: string): Promise<SteerReceipt>;
  /**
   * Makes the history shorter at the next border of a turn: its older part becomes a summary. Asked before the run
   * begins it is done first.
   */
  compact(): Promise<CompactReceipt>;
  /** Stops the run. The result still comes, with stop reason "aborted" and everything settled. */
  abort(reason?: unknown): void;
}

/** What the inside of a run works with. */
export interface RunControls {
  readonly emitter: Emitter;
  readonly steering: Steering;
  readonly compactions: CompactionRequests;
  readonly stop: StopSource;
}

/** Options of `createRun`. */
export interface CreateRunOptions {
  readonly sessionId: string;
  readonly signal: AbortSignal | undefined;
  /** Does the work and returns the terminal message, which it must not emit itself. Must not throw. */
  readonly perform: (controls: RunControls) => Promise<Result>;
}

/** Makes a run around its work. */
export function createRun({ sessionId, signal, perform }: CreateRunOptions): Run {
  const stop = createStop();
  const steering = createSteering();
  const compactions = createCompactionRequests();
  const closeAll = (reason: string): void => [steering, compactions].forEach((one) => one.close(reason));
  const queue: Queue<Message> = createQueue({ onReturn: () => leave() });
  let seq = 0;
  const emitter = createEmitter({ sessionId, agent: "main", sink: queue, nextSeq: () => seq++ });
  let started: Promise<Result> | undefined;
  let isRead = false;

  const abort = (reason: unknown): void => stop.stop({ stopReason: "aborted", error: reason }, reason);

  const work = async (): Promise<Result> => {
    using _link = followSignal(signal, abort);
    try {
      const result = await perform({ emitter, steering, compactions, stop });
      queue.push(result);
      return result;
    } finally {
      closeAll("The run has ended");
      queue.end();
    }
  };
  const start = (): Promise<Result> => (started ??= work());

  /** Who awaits the end must not be held up by messages that nobody reads (yet). */
  const startForEnd = (): Promise<Result> => {
    queue.setMode(isRead ? "unbounded" : "newest");
    return start();
  };

  const leave = async (): Promise<void> => {
    abort(new DOMException("The reader left the run", "AbortError"));
    await start();
  };

  return {
    sessionId,
    get result() {
      return startForEnd();
    },
    async text() {
      return unwrap(await startForEnd()).text;
    },
    output: async <Output>() => outputOf<Output>(await startForEnd()),
    steer: (text) => steering.send(text),
    compact: () => compactions.send(),
    abort: (reason = new DOMException("The run was aborted", "AbortError")) => abort(reason),
    [Symbol.asyncIterator]() {
      if (isRead) throw new TypeError("A run can be read once: keep its messages if you need them again");
      isRead = true;
      queue.setMode("bounded");
      void start();
      return queue[Symbol.asyncIterator]();
    },
    async [Symbol.asyncDispose]() {
      // Also a run that has not begun: it must not begin after its disposal.
      abort(new DOMException("The run was disposed", "AbortError"));
      if (started === undefined) closeAll("The run was disposed before it began");
      await started;
    },
  };
}

function outputOf<Output>(ended: Result): Output {
  const result = unwrap(ended);
  if (!("output" in result)) {
    throw new HarnessError("The run has no structured output: pass outputSchema", { code: "output_invalid" });
  }
  // The value passed the host's own schema.
  return result.output as Output;
}

/** Passes the abort of the host's signal on, and lets go of the signal on disposal. */
function followSignal(signal: AbortSignal | undefined, abort: (reason: unknown) => void): Disposable {
  const follow = (): void => abort(signal?.reason);
  if (signal?.aborted === true) follow();
  else signal?.addEventListener("abort", follow, { once: true });
  return { [Symbol.dispose]: () => signal?.removeEventListener("abort", follow) };
}
