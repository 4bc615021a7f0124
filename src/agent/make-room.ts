import type { AgentRun } from "./agent-run.ts";
import type { CompactReceipt } from "./compaction-requests.ts";

/** What is remembered of earlier tries, so that what cannot be made shorter is not tried in every turn. */
export interface RoomWatch {
  quietUntil: number;
}

/** Where no window is known, or somebody asked before it is full: what is kept of a history that a provider refused, and read at once of it. */
const UNKNOWN_KEEP = 0.3;
const UNKNOWN_PIECE = 60_000;
const LEAST_TOKENS = 1000;

/** Starts watching. */
export function createRoomWatch(): RoomWatch {
  return { quietUntil: 0 };
}

/** Whether the history is to be made shorter before the next turn: it comes near to the window, or somebody asked. */
export function needsRoom(run: AgentRun, watch: RoomWatch): boolean {
  if (run.compactions.hasPending) return true;
  const limit = limitOf(run);
  return limit !== undefined && run.history.estimateTokens() > Math.max(limit, watch.quietUntil);
}

/**
 * Makes room at the border of a turn, where it is needed or was asked for: old results of tools first, which costs
 * nothing, then by a summary. Between two such steps a history only grows, so that a vendor's cache of it stays good.
 */
export async function makeRoom(run: AgentRun, watch: RoomWatch, signal: AbortSignal): Promise<void> {
  const requests = run.compactions.take();
  if (requests.length > 0) {
    try {
      const receipt = await shorten(run, { signal, isAsked: true });
      for (const { settle } of requests) settle(receipt);
    } catch (error) {
      for (const { settle } of requests) settle({ status: "not_compacted", reason: "The run ended before" });
      throw error;
    }
    return;
  }
  const limit = limitOf(run);
  if (limit === undefined || !needsRoom(run, watch)) return;
  if ((await trim(run)) <= limit * 0.8) return;
  await shorten(run, { signal, isAsked: false });
  const left = run.history.estimateTokens();
  watch.quietUntil = left > limit ? left * 1.1 : 0;
}

/** Makes the history shorter since a provider refused it; `false` when there is nothing to take out, or nobody wants it. */
export async function makeRoomForRetry(run: AgentRun, signal: AbortSignal): Promise<boolean> {
  const before = run.history.estimateTokens();
  // A provider that finds no room for so little means something else.
  if (run.room === undefined || before < LEAST_TOKENS) return false;
  await trim(run);
  const receipt = await shorten(run, { signal, isAsked: true });
  return receipt.status === "compacted" || run.history.estimateTokens() < before;
}

function limitOf({ room, model, modelInfo, maxOutputTokens }: AgentRun): number | undefined {
  const info = modelInfo(model);
  const window = info?.contextWindow;
  if (room === undefined || window === undefined) return undefined;
  const answer = Math.min(maxOutputTokens, info?.maxOutputTokens ?? maxOutputTokens);
  return Math.min(window * room.threshold, Math.max(window - answer, window / 2));
}

/** Takes old results out and returns what is left in tokens. */
async function trim({ history, emitter }: AgentRun): Promise<number> {
  const { trimResults } = await import("../context/index.ts");
  const tokensBefore = history.estimateTokens();
  const trimmed = trimResults(history.messages);
  if (trimmed === undefined) return tokensBefore;
  const { results, ...edit } = trimmed;
  const tokensAfter = await history.edit({ ...edit, summary: "", tokensBefore });
  emitter.emit({ type: "system", subtype: "context_trimmed", data: { results, tokensBefore, tokensAfter } });
  return tokensAfter;
}

/** Who asks, a person or a provider, wants less than there is, however much the window could hold. */
async function shorten(
  run: AgentRun,
  { signal, isAsked }: { readonly signal: AbortSignal; readonly isAsked: boolean },
): Promise<CompactReceipt> {
  // Few runs come near their window: what shortens is loaded then.
  const { compactHistory } = await import("./compact-history.ts");
  const { room, model, modelInfo, history } = run;
  const window = modelInfo(model)?.contextWindow;
  const ofWindow = window === undefined ? undefined : window * (room?.keep ?? UNKNOWN_KEEP);
  const ofHistory = isAsked || ofWindow === undefined ? history.estimateTokens() * UNKNOWN_KEEP : ofWindow;
  const keepTokens = Math.min(ofHistory, ofWindow ?? ofHistory);
  const pieceTokens = window === undefined ? UNKNOWN_PIECE : Math.min(window * 0.4, UNKNOWN_PIECE);
  return await compactHistory(run, {
    signal,
    keepTokens: Math.floor(keepTokens),
    pieceTokens: Math.floor(pieceTokens),
  });
}
