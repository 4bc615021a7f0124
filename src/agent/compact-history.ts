import {
  planCompaction,
  readWritten,
  SUMMARY_SYSTEM,
  writeSummaryPrompt,
  sizeOfMessages,
  type CompactionPlan,
  type HistoryEdit,
  type Summary,
} from "../context/index.ts";
import { sha256 } from "../digest/index.ts";
import { describeError } from "../errors/index.ts";
import type { ModelMessage } from "../spec/index.ts";
import { hookScopeOf, observeHooks } from "../tool-call/index.ts";
import type { AgentRun } from "./agent-run.ts";
import { askAside } from "./ask-aside.ts";
import type { CompactReceipt } from "./compaction-requests.ts";
import { textOf } from "./stream-turn.ts";

/** How a history is made shorter. */
export interface CompactOptions {
  readonly signal: AbortSignal;
  /** Tokens that may stay as they are, at the end of the history. */
  readonly keepTokens: number;
  /** Tokens that the model reads at once of what is summarised. */
  readonly pieceTokens: number;
}

/** Bytes of a token where nothing better is known. */
const BYTES_PER_TOKEN = 3;

/** Tokens of one summary. */
const SUMMARY_TOKENS = 4000;

/**
 * Makes the history of a run shorter: its older part becomes a summary of the run's own model, which the budget pays. The
 * person's words, open todos and touched files stay whatever the model writes, and they stand alone when it writes
 * nothing. The journal keeps what was taken out. Rejects with `signal.reason` on abort.
 */
export async function compactHistory(run: AgentRun, options: CompactOptions): Promise<CompactReceipt> {
  const { history } = run;
  const tokensBefore = history.estimateTokens();
  const plan = planCompaction(history.messages, {
    keepBytes: options.keepTokens * BYTES_PER_TOKEN,
    pieceBytes: options.pieceTokens * BYTES_PER_TOKEN,
    writtenPaths: (name) => {
      const tool = run.tools.get(name);
      return tool?.effect === "write" ? (tool.pathArgs ?? []) : [];
    },
  });
  if (plan === undefined) return { status: "not_compacted", reason: "There is nothing to take out" };
  const removed = history.messages;
  if (!isShorter(plan.finish({}).edit, removed)) return NOT_SHORTER;
  await hook(run, "beforeCompaction", { tokens: tokensBefore }, options.signal);
  const { edit, summary } = plan.finish(await summarise(run, plan, options));
  if (!isShorter(edit, removed)) return NOT_SHORTER;
  const messages = history.messages.length;
  const tokensAfter = await history.edit({ ...edit, summary, tokensBefore });
  run.emitter.emit({ type: "compaction", tokensBefore, tokensAfter, summary });
  run.audit.append({
    type: "compaction",
    ...run.scope,
    data: { tokensBefore, tokensAfter, summaryDigest: sha256(summary), messages: messages - history.messages.length },
  });
  await hook(run, "afterCompaction", { tokensBefore, tokensAfter }, options.signal);
  return { status: "compacted", tokensBefore, tokensAfter };
}

/** A short history may be shorter than what must stand in its place. */
const NOT_SHORTER: CompactReceipt = { status: "not_compacted", reason: "It would not become shorter" };

function isShorter({ from, to, replacement }: HistoryEdit, messages: readonly ModelMessage[]): boolean {
  return sizeOfMessages(replacement) < sizeOfMessages(messages.slice(from, to));
}

/** Piece by piece, each with what is known so far. What the model cannot give does not stop the run: the facts stay. */
async function summarise(
  run: AgentRun,
  { pieces, facts }: CompactionPlan,
  { signal }: CompactOptions,
): Promise<Partial<Summary>> {
  const callId = run.random.id();
  let written: Partial<Summary> = {};
  for (const [index, piece] of pieces.entries()) {
    signal.throwIfAborted();
    const text = writeSummaryPrompt({ ...facts, ...written }, piece);
    const request = {
      system: SUMMARY_SYSTEM,
      messages: [Object.freeze({ role: "user" as const, content: [{ type: "text" as const, text }] })],
      tools: [],
      maxOutputTokens: Math.min(SUMMARY_TOKENS, run.maxOutputTokens),
    };
    const inputTokens = Math.ceil((text.length + SUMMARY_SYSTEM.length) / BYTES_PER_TOKEN);
    try {
      const asked = { signal, purpose: "compaction", callId: `${callId}:${index}`, inputTokens };
      const finish = await askAside(run, request, asked);
      const said = readWritten(run.redact(textOf(finish.message, "text")));
      if (Object.keys(said).length > 0) written = said;
    } catch (error) {
      signal.throwIfAborted();
      run.log(`A part of the history could not be summarised by the model: ${run.redact(describeError(error))}`);
      return written;
    }
  }
  return written;
}

/** They observe: what they do changes nothing. */
async function hook<Name extends "beforeCompaction" | "afterCompaction">(
  run: AgentRun,
  name: Name,
  about: Name extends "beforeCompaction"
    ? { readonly tokens: number }
    : { readonly tokensBefore: number; readonly tokensAfter: number },
  signal: AbortSignal,
): Promise<void> {
  if (!run.hooks.has(name)) return;
  // Name and facts belong together; the union of both events loses that link.
  await observeHooks(run, { event: name, payload: { ...hookScopeOf(run), ...about } as never, signal });
}
