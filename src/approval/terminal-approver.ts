import type { Readable, Writable } from "node:stream";

import { raceSignal } from "../async/index.ts";
import type { ApprovalAnswer, Approver, UserQuestion } from "../spec/index.ts";
import { choicesOf, readChoice } from "./choices.ts";
import { describeQuestion } from "./describe-question.ts";
import { readTextFile } from "./read-text-file.ts";
import { escapeControls } from "./escape-controls.ts";

/** Where a terminal approver asks. */
export interface TerminalApproverOptions {
  /** @default process.stdin */
  readonly input?: Readable;
  /** Not stdout, which belongs to the answer. @default process.stderr */
  readonly output?: Writable;
  /** Who sits there, for the audit log. @default "terminal" */
  readonly approver?: string;
}

/**
 * Asks the person at the terminal, one question after another, with what would change and what a command really runs.
 * `y` allows it once, `s` for this session, `a` for good (where the question permits that), `n` and a text tells the
 * model what to do instead, `e` and JSON allows it with other arguments. Whatever is not a clear yes is a no.
 */
export function terminalApprover(options: TerminalApproverOptions = {}): Approver {
  const { input = process.stdin, output = process.stderr, approver = "terminal" } = options;
  let turn: Promise<unknown> = Promise.resolve();
  const ask = (text: string, signal: AbortSignal): Promise<string> => {
    const answer = turn.then(() => readLine(text, { input, output, signal }));
    turn = answer.catch(() => {});
    // Whoever waits for their turn need not wait for it after an abort.
    return raceSignal(answer, signal);
  };
  return {
    async decide(question, { signal }): Promise<ApprovalAnswer> {
      const { explainCommand } = await import("./explain-command.ts");
      const text = describeQuestion(question, { explainCommand, readFile: (path) => readTextFile(path, question.cwd) });
      const line = await ask(`\n${text}\nAllow it? ${choicesOf(question)} `, signal);
      return { ...readChoice(line, question), approver };
    },
    async ask({ question, options: choices = [] }: UserQuestion, { signal }) {
      const list = choices.map((choice, index) => `  ${index + 1}. ${escapeControls(choice)}\n`).join("");
      const answer = (await ask(`${escapeControls(question)}\n${list}> `, signal)).trim();
      return choices[Number(answer) - 1] ?? answer;
    },
  };
}

async function readLine(
  text: string,
  { input, output, signal }: { readonly input: Readable; readonly output: Writable; readonly signal: AbortSignal },
): Promise<string> {
  signal.throwIfAborted();
  // An input that is over never ends again: nobody would answer.
  if (input.readableEnded || input.destroyed) return "";
  const { createInterface } = await import("node:readline/promises");
  const lines = createInterface({ input, output });
  const ended = new Promise<string>((resolve) => lines.once("close", () => resolve("")));
  try {
    return await Promise.race([lines.question(text, { signal }), ended]);
  } finally {
    lines.close();
  }
}
