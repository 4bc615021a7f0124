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
  readonly #approver: Approver | undefined;
  readonly #waiting = new Map<string, { readonly question: ApprovalQuestion; answer(answer: ApprovalAnswer): void }>();

  constructor(options: ApprovalInboxOptions = {}) {
    this.#approver = options.approver;
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
    waiting.answer(typeof answer === "string" ? { decision: answer } : answer);
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

  async #wait(question: ApprovalQuestion, options: { readonly signal: AbortSignal }): Promise<ApprovalAnswer | boolean> {
    try {
      return await new Promise<ApprovalAnswer | boolean>((resolve, reject) => {
        this.#waiting.set(question.id, { question, answer: resolve });
        options.signal.addEventListener("abort", () => reject(options.signal.reason as Error), { once: true });
        this.#approver?.decide(question, options).then(resolve, reject);
      });
    } finally {
      this.#waiting.delete(question.id);
    }
  }
}
