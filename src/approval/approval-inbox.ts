import { openSignalScope, raceSignal } from "../async/index.ts";
import { HarnessError } from "../errors/index.ts";
import type { ApprovalAnswer, ApprovalQuestion, Approver } from "../spec/index.ts";

/** What an inbox is made from. */
export interface ApprovalInboxOptions {
  /** Asked at the same time: whoever answers first counts. */
  readonly approver?: Approver;
}

/**
 * The questions that wait for an answer. Pass it as `onApproval` and answer from elsewhere in the program, such as a
 * web page: `inbox.list()`, `inbox.decide(id, "approve")`. A question that nobody answers waits as long as its run.
 */
export class ApprovalInbox implements Approver {
  /** The approver's own way to answer the agent's questions, where it has one. */
  readonly ask?: NonNullable<Approver["ask"]>;
  readonly #approver: Approver | undefined;
  readonly #waiting = new Map<string, { readonly question: ApprovalQuestion; answer(answer: ApprovalAnswer): void }>();

  constructor(options: ApprovalInboxOptions = {}) {
    const { approver } = options;
    this.#approver = approver;
    const ask = approver?.ask;
    if (ask !== undefined) this.ask = (question, context) => ask.call(approver, question, context);
  }

  /** The questions that wait, oldest first. */
  list(): readonly ApprovalQuestion[] {
    return [...this.#waiting.values()].map(({ question }) => question);
  }

  /** Answers a question, once. Throws code "session_not_found" when it does not wait (any more). */
  answer(id: string, answer: ApprovalAnswer | ApprovalAnswer["decision"]): void {
    const waiting = this.#waiting.get(id);
    if (waiting === undefined) {
      throw new HarnessError(`No question with the id ${JSON.stringify(id)} waits for an answer`, {
        code: "session_not_found",
      });
    }
    const given = typeof answer === "string" ? { decision: answer } : answer;
    // The question goes on waiting: a slip of the pen is no denial.
    if (!isAnswer(given)) throw new TypeError('An answer is "approve", "deny" or "pause", or { decision, feedback }');
    this.#waiting.delete(id);
    waiting.answer(given);
  }

  /** Puts a question into the inbox and waits: called by the pipeline. With an id instead it answers, as `answer` does. */
  decide(question: ApprovalQuestion, options: { readonly signal: AbortSignal }): Promise<ApprovalAnswer | boolean>;
  decide(id: string, answer: ApprovalAnswer | ApprovalAnswer["decision"]): void;
  decide(
    subject: ApprovalQuestion | string,
    second: { readonly signal: AbortSignal } | ApprovalAnswer | ApprovalAnswer["decision"],
  ): Promise<ApprovalAnswer | boolean> | void {
    if (typeof subject !== "string") {
      // The overloads pair a question with its signal.
      return this.#wait(subject, second as { readonly signal: AbortSignal });
    }
    this.answer(subject, second as ApprovalAnswer | ApprovalAnswer["decision"]);
  }

  async #wait(
    question: ApprovalQuestion,
    options: { readonly signal: AbortSignal },
  ): Promise<ApprovalAnswer | boolean> {
    options.signal.throwIfAborted();
    if (this.#waiting.has(question.id)) {
      throw new TypeError(`A question with the id ${JSON.stringify(question.id)} waits already`);
    }
    const scope = openSignalScope([options.signal]);
    const { promise, resolve, reject } = Promise.withResolvers<ApprovalAnswer | boolean>();
    this.#waiting.set(question.id, { question, answer: resolve });
    try {
      const asked = this.#approver?.decide(question, { signal: scope.signal });
      if (asked !== undefined) Promise.resolve(asked).then(resolve, reject);
      return await raceSignal(promise, options.signal);
    } finally {
      this.#waiting.delete(question.id);
      // Whoever is still asked need not answer any more.
      scope.abort(new DOMException("The question is answered", "AbortError"));
      scope[Symbol.dispose]();
    }
  }
}

function isAnswer(answer: unknown): answer is ApprovalAnswer {
  if (typeof answer !== "object" || answer === null || !("decision" in answer)) return false;
  return answer.decision === "approve" || answer.decision === "deny" || answer.decision === "pause";
}
