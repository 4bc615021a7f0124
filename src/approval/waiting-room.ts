import type { ApprovalAnswer, ApprovalQuestion } from "../spec/index.ts";

/** Questions whose answers come in requests of their own. */
export interface WaitingRoom {
  enter(question: ApprovalQuestion): Waiting;
  /** Throws a `TypeError` when no such question waits: it never did, was answered, or its time is over. */
  find(id: string): ApprovalQuestion;
  /** Answers a question, once. */
  answer(id: string, answer: ApprovalAnswer): void;
}

/** A question that waits. */
export interface Waiting {
  readonly answer: Promise<ApprovalAnswer>;
  leave(): void;
}

/** Opens a waiting room. An answer counts once: a second one finds no question. */
export function openWaitingRoom(): WaitingRoom {
  const waiting = new Map<string, { readonly question: ApprovalQuestion; resolve(answer: ApprovalAnswer): void }>();
  const find = (id: string): ApprovalQuestion => {
    const found = waiting.get(id);
    if (found === undefined) throw new TypeError(`No question with the id ${JSON.stringify(id)} waits for an answer`);
    return found.question;
  };
  return {
    enter(question) {
      const { promise, resolve } = Promise.withResolvers<ApprovalAnswer>();
      waiting.set(question.id, { question, resolve });
      return { answer: promise, leave: () => void waiting.delete(question.id) };
    },
    find,
    answer(id, answer) {
      find(id);
      waiting.get(id)?.resolve(answer);
      waiting.delete(id);
    },
  };
}
