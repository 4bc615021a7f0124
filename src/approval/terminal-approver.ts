import type { Readable, Writable } from "node:stream";

import { raceSignal } from "../async/index.ts";
import type { ApprovalAnswer, ApprovalQuestion, Approver, JsonValue, UserQuestion } from "../spec/index.ts";

/** Where a terminal approver asks. */
export interface TerminalApproverOptions {
  /** @default process.stdin */
  readonly input?: Readable;
  /** Not stdout, which belongs to the answer. @default process.stderr */
  readonly output?: Writable;
}

/** Asks the person at the terminal, one question after another. Whatever is not a clear yes is a no. */
export function terminalApprover(options: TerminalApproverOptions = {}): Approver {
  const { input = process.stdin, output = process.stderr } = options;
  let turn: Promise<unknown> = Promise.resolve();
  const ask = (text: string, signal: AbortSignal): Promise<string> => {
    const answer = turn.then(() => readLine(text, { input, output, signal }));
    turn = answer.catch(() => {});
    // Whoever waits for their turn need not wait for it after an abort.
    return raceSignal(answer, signal);
  };
  return {
    async decide(question, { signal }): Promise<ApprovalAnswer> {
      const answer = await ask(`${describeQuestion(question)}\nAllow it? [y/N] `, signal);
      return { decision: /^\s*y(es)?\s*$/i.test(answer) ? "approve" : "deny", approver: "terminal" };
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

function describeQuestion({ name, args, reason, risk, agent }: ApprovalQuestion): string {
  const shown = Object.entries(args).map(([key, value]) => `  ${escapeControls(key)}: ${showValue(value)}`);
  const lines = [
    `${escapeControls(name)} (risk: ${risk}, agent: ${escapeControls(agent)})`,
    ...shown,
    escapeControls(reason),
  ];
  return `\n${lines.join("\n")}`;
}

function showValue(value: JsonValue): string {
  return escapeControls(typeof value === "string" ? value : JSON.stringify(value));
}

/**
 * Makes visible what would deceive the person who decides: control characters (they can overwrite what the terminal
 * shows), direction marks and characters without width. Line breaks stay, indented.
 */
export function escapeControls(text: string): string {
  return text.replace(/\r?\n/g, "\n    ").replace(
    // eslint-disable-next-line no-control-regex -- these are the characters that must be shown
    /[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u00ad\u061c\u180e\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff]|[\u{e0000}-\u{e007f}]/gu,
    (character) => `\\u{${character.codePointAt(0)?.toString(16)}}`,
  );
}
