import { createQueue, type Queue } from "../async/index.ts";
import {
  createCompactionRequests,
  createEmitter,
  createSteering,
  createStop,
  steer,
  type CompactionRequests,
  type Emitter,
  type Steering,
  type StopSource,
} from "../agent/index.ts";
import type { CompactReceipt, SteerReceipt } from "../agent/index.ts";
import { describeError, HarnessError } from "../errors/index.ts";
import type { Message, Result } from "../spec/index.ts";
import { isParked } from "../tool-call/index.ts";
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
  /** Called when the work is done, before the terminal message is shown. */
  readonly close?: (() => Promise<void>) | undefined;
  readonly log?: ((message: string) => void) | undefined;
}

/** What put another run aside, such as the one whose tool began this run, ends this one: nobody goes on with it. */
const ABORTED = new DOMException("The run was aborted", "AbortError");

/** Makes a run around its work. */
export function createRun(options: CreateRunOptions): Run {
  return new StartedOnce(options);
}

class StartedOnce implements Run {
  readonly sessionId: string;
  readonly #options: CreateRunOptions;
  readonly #controls: RunControls;
  readonly #queue: Queue<Message>;
  #seq = 0;
  #started: Promise<Result> | undefined;
  #isRead = false;

  constructor(options: CreateRunOptions) {
    const { sessionId } = options;
    this.sessionId = sessionId;
    this.#options = options;
    this.#queue = createQueue({ onReturn: () => this.#leave() });
    this.#controls = {
      emitter: createEmitter({ sessionId, agent: "main", sink: this.#queue, nextSeq: () => this.#seq++ }),
      steering: createSteering(),
      compactions: createCompactionRequests(),
      stop: createStop(),
    };
  }

  get result(): Promise<Result> {
    // Who awaits the end must not be held up by messages that nobody reads (yet).
    this.#queue.setMode(this.#isRead ? "unbounded" : "newest");
    return this.#start();
  }

  // Functions of their own: hosts take them off the run, as in `const { text, abort } = harness.run(task)`.
  readonly text = async (): Promise<string> => unwrap(await this.result).text;

  readonly output = async <Output>(): Promise<Output> => outputOf<Output>(await this.result);

  readonly steer = (text: string): Promise<SteerReceipt> => steer(this.#controls.steering, text);

  readonly compact = (): Promise<CompactReceipt> => this.#controls.compactions.send();

  readonly abort = (reason: unknown = new DOMException("The run was aborted", "AbortError")): void =>
    this.#controls.stop.stop({ stopReason: "aborted", error: reason }, isParked(reason) ? ABORTED : reason);

  [Symbol.asyncIterator](): AsyncIterator<Message, undefined> {
    if (this.#isRead) throw new TypeError("A run can be read once: keep its messages if you need them again");
    this.#isRead = true;
    this.#queue.setMode("bounded");
    void this.#start();
    return this.#queue[Symbol.asyncIterator]();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    // Also a run that has not begun: it must not begin after its disposal.
    this.abort(new DOMException("The run was disposed", "AbortError"));
    if (this.#started === undefined) this.#close("The run was disposed before it began");
    await this.#started;
  }

  #start(): Promise<Result> {
    return (this.#started ??= this.#work());
  }

  async #work(): Promise<Result> {
    const { signal, perform, close } = this.#options;
    const follow = (): void => this.abort(signal?.reason);
    if (signal?.aborted === true) follow();
    else signal?.addEventListener("abort", follow, { once: true });
    try {
      const result = await perform(this.#controls);
      await close?.().catch((error: unknown) => {
        // The outcome stands; what could not be closed must be seen by somebody.
        this.#options.log?.(`The run could not be closed: ${describeError(error)}`);
      });
      this.#queue.push(result);
      return result;
    } finally {
      signal?.removeEventListener("abort", follow);
      this.#close("The run has ended");
      this.#queue.end();
    }
  }

  async #leave(): Promise<void> {
    this.abort(new DOMException("The reader left the run", "AbortError"));
    await this.#start();
  }

  #close(reason: string): void {
    this.#controls.steering.close(reason);
    this.#controls.compactions.close(reason);
  }
}

function outputOf<Output>(ended: Result): Output {
  const result = unwrap(ended);
  if (!("output" in result)) {
    throw new HarnessError("The run has no structured output: pass outputSchema", { code: "output_invalid" });
  }
  // The value passed the host's own schema.
  return result.output as Output;
}
