// The file itself: the door would load the database before the first message.
import { loadSession } from "../session/load-session.ts";
import type { ChargedData, Journal, SessionEventBody, SessionState, SessionStore } from "../spec/index.ts";

/**
 * Adds what sub-agents used that were at work when the process ended: their own sessions tell it, and their parent's must
 * know it before it gives out the rest of the budget.
 */
export async function settleSubagents(journal: Journal, store: SessionStore): Promise<void> {
  const missing = await missingOf(journal.state, store);
  const events = missing.map((data): SessionEventBody => ({ type: "subagent-charged", data }));
  if (events.length > 0) await journal.record(events, { durable: true });
}

interface Missing {
  readonly callId: string;
  readonly childId: string;
  readonly charged: ChargedData;
}

async function missingOf({ subagents }: SessionState, store: SessionStore): Promise<readonly Missing[]> {
  const missing: Missing[] = [];
  for (const [callId, { childId, isEnded, charged }] of Object.entries(subagents)) {
    if (isEnded) continue;
    const spent = await spentOf(childId, store);
    const cost = spent.cost === null || charged.cost === null ? null : spent.cost - charged.cost;
    const rest = { tokens: spent.tokens - charged.tokens, cost };
    if (rest.tokens > 0 || rest.cost !== 0) missing.push({ callId, childId, charged: rest });
  }
  return missing;
}

/** What a session used, with its own sub-agents and a model call of which no end is known. */
async function spentOf(sessionId: string, store: SessionStore): Promise<ChargedData> {
  const { state } = (await loadSession(store, sessionId)).fold;
  const parts = [state.spent, ...(await missingOf(state, store)).map(({ charged }) => charged)];
  if (state.openModelCall !== null) parts.push(state.openModelCall.reserved);
  return parts.reduce((sum, part) => ({
    tokens: sum.tokens + part.tokens,
    cost: sum.cost === null || part.cost === null ? null : sum.cost + part.cost,
  }));
}
