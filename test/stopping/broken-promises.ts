import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";

import type { Message, Result } from "../../src/index.ts";
import { loadSession } from "../../src/session/index.ts";
import type { ModelMessage, SessionState } from "../../src/spec/index.ts";
import type { MemoryAuditRecord } from "../../src/testing/index.ts";
import type { Reference } from "./reference-run.ts";

/** How a run ended, and what of it holds for its end. */
export interface Ended {
  readonly messages: readonly Message[];
  readonly result: Result;
  /** The session was used before: its sums are not those of this run. @default false */
  readonly isResumed?: boolean;
}

/** Promises that a run did not keep, in words; none where all is well. To be asked right after its end. */
export async function findBroken(reference: Reference, ended: Ended): Promise<readonly string[]> {
  return [
    ...(await brokenByLateness(reference)),
    ...brokenInMessages(ended),
    ...brokenInBudget(reference, ended),
    ...brokenInAudit(reference, ended),
    ...(await brokenInSessions(reference, ended)),
  ];
}

/** Nothing begins after the stop, and nothing at all happens after the end. */
async function brokenByLateness({ folder, ports, beginnings }: Reference): Promise<readonly string[]> {
  const broken = beginnings.filter(({ isStopped }) => isStopped).map(({ what }) => `${what} began after the stop`);
  const calls = ports.calls.length;
  const files = await filesBelow(folder);
  for (let turn = 0; turn < 5; turn += 1) await new Promise((resolve) => setImmediate(resolve));
  const late = ports.calls.slice(calls);
  if (late.length > 0) broken.push(`called after the end: ${late.join(", ")}`);
  if ((await filesBelow(folder)) !== files) broken.push("files were written after the end");
  return broken;
}

/** Every file with what it holds, as one text. */
async function filesBelow(folder: string): Promise<string> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  const paths = entries.filter((entry) => entry.isFile()).map(({ parentPath, name }) => join(parentPath, name));
  const texts = paths.toSorted().map(async (path) => `${path}\n${await readFile(path, "latin1")}`);
  return (await Promise.all(texts)).join("\n");
}

function brokenInMessages({ messages, result }: Ended): readonly string[] {
  const broken: string[] = [];
  if (messages.some(({ seq }, index) => seq !== index)) broken.push("the messages' numbers have a gap");
  const results = messages.filter(({ type }) => type === "result");
  if (results.length !== 1 || messages.at(-1) !== result) broken.push("there is not one result, at the end");
  return broken;
}

/** Nothing stays held, and nothing that is told was not paid. */
function brokenInBudget({ budget }: Reference, { result }: Ended): readonly string[] {
  const { tokensReserved, costReserved, tokensUsed, costUsed } = budget.snapshot();
  const broken: string[] = [];
  if (tokensReserved !== 0 || costReserved !== 0)
    broken.push(`${tokensReserved} tokens and ${costReserved} USD are held`);
  // A call that broke off is charged in full, and told as an estimate.
  const isRight =
    result.isUsageEstimated === true ? tokensUsed >= result.totalTokens : tokensUsed === result.totalTokens;
  if (!isRight) broken.push(`the budget counts ${tokensUsed} tokens, the result ${result.totalTokens}`);
  if (result.isUsageEstimated !== true && !isSame(costUsed, result.totalCost)) {
    broken.push(`the budget counts ${costUsed} USD, the result ${result.totalCost}`);
  }
  return broken;
}

function isSame(left: number, right: number | undefined): boolean {
  return right !== undefined && Math.abs(left - right) < 1e-9;
}

/** What began is ended on record, and its sums are those of the result. */
function brokenInAudit({ audit: { records }, beginnings }: Reference, { result }: Ended): readonly string[] {
  const broken: string[] = [];
  for (const [first, last] of PAIRS) {
    const [begun, ended] = [namesOf(records, first), namesOf(records, last)];
    if (begun !== ended) broken.push(`the log has ${first} of ${begun} and ${last} of ${ended}`);
  }
  const calls = records.filter(({ type }) => type === "model_call");
  const tokens = calls.reduce((sum, { data }) => sum + tokensOf(data["usage"]), 0);
  if (tokens !== result.totalTokens) broken.push(`the log counts ${tokens} tokens, the result ${result.totalTokens}`);
  const cost = calls.reduce((sum, call) => sum + (call.cost ?? 0), 0);
  if (!isSame(cost, result.totalCost)) broken.push(`the log counts ${cost} USD, the result ${result.totalCost}`);
  const asked = beginnings.filter(({ what }) => what === "model").length;
  // A try that the provider refused is not charged.
  const refused = records.filter(({ type }) => type === "model_retry").length;
  if (calls.length + refused > asked) broken.push(`${asked} calls of the model began, and ${calls.length} are charged`);
  return broken;
}

const PAIRS = [
  ["session_start", "session_end"],
  ["subagent_start", "subagent_end"],
  ["tool_intent", "tool_outcome"],
] as const;

function namesOf(records: readonly MemoryAuditRecord[], wanted: string): string {
  const named = records.filter(({ type }) => type === wanted).map(({ agent, callId }) => `${agent}/${callId ?? ""}`);
  return named.toSorted().join(" ");
}

function tokensOf(usage: unknown): number {
  const { input = 0, output = 0 } = (usage ?? {}) as { readonly input?: number; readonly output?: number };
  return input + output;
}

/** What is kept can be gone on with, and tells the same as the result. */
async function brokenInSessions({ store }: Reference, ended: Ended): Promise<readonly string[]> {
  const broken: string[] = [];
  for (const { sessionId, heldBy } of await store.list()) {
    const name = sessionId === "s" ? "the session" : "the child's session";
    const { state } = (await loadSession(store, sessionId)).fold;
    if (heldBy !== undefined) broken.push(`${name} is held`);
    if (state.openModelCall !== null) broken.push(`${name} has a call of the model that does not end`);
    for (const problem of brokenInHistory(state, ended)) broken.push(`${name} ${problem}`);
    if (sessionId === "s") broken.push(...brokenInSums(state, ended));
  }
  const isWaiting = ended.result.stopReason !== "paused" && (await store.pendingApprovals()).length > 0;
  if (isWaiting) broken.push("a question waits that nobody needs answered");
  return broken;
}

function brokenInHistory({ messages, openTurn, run }: SessionState, { result }: Ended): readonly string[] {
  const broken: string[] = [];
  const isPaused = result.stopReason === "paused";
  if (run !== null && run.ended === null) broken.push("has a run that does not end");
  if (openTurn !== null && !isPaused) broken.push("has an open turn");
  if (!isTakeable(messages, isPaused)) broken.push("has a history that no vendor takes");
  return broken;
}

/** Every call has its one result before anybody says something else. */
function isTakeable(messages: readonly ModelMessage[], mayBeOpen: boolean): boolean {
  let open = new Set<string>();
  for (const [index, { role, content }] of messages.entries()) {
    for (const part of content) {
      if (part.type === "tool-result" && !open.delete(part.toolCallId)) return false;
    }
    const isLast = index === messages.length - 1;
    if (open.size > 0 && !(isLast && mayBeOpen)) return false;
    if (role === "assistant") open = new Set(content.flatMap((part) => (part.type === "tool-call" ? [part.id] : [])));
  }
  return open.size === 0 || mayBeOpen;
}

function brokenInSums({ run, spent }: SessionState, { result, isResumed = false }: Ended): readonly string[] {
  const broken: string[] = [];
  const kept = run?.ended?.stopReason;
  if (kept !== result.stopReason) broken.push(`the session says ${kept}, the result ${result.stopReason}`);
  if (!isResumed && spent.tokens !== result.totalTokens) {
    broken.push(`the session counts ${spent.tokens} tokens, the result ${result.totalTokens}`);
  }
  return broken;
}
