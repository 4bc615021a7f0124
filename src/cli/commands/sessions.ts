import { createReadStream } from "node:fs";
import { homedir } from "node:os";
import { createInterface } from "node:readline";

import { escapeControls } from "../../approval/index.ts";
import { systemClock, systemRandom } from "../../async/index.ts";
import { removeSessionFiles } from "../../harness/remove-session-files.ts";
import { openSessions, type SessionReport, type Sessions } from "../../session/index.ts";
import type { SessionSummary } from "../../spec/index.ts";
import type { CliContext } from "../cli-context.ts";
import { runAction, type Command } from "../command.ts";
import { userName, withUserStore } from "../open-user-store.ts";
import { parseWords } from "../parse-words.ts";
import { UsageError } from "../usage-error.ts";

/** `harness sessions …`: looks at sessions and changes them, also while a run works on one. */
export const sessionsCommand: Command = (args, context) => runAction("sessions", ACTIONS, { args, context });

/** What an action gets: its words, its options, and the sessions. */
interface Asked extends CliContext {
  readonly words: readonly string[];
  readonly values: Values;
  readonly sessions: Sessions;
}

interface Values {
  readonly store?: string | undefined;
  readonly json: boolean;
  readonly limit?: string | undefined;
  readonly messages?: string | undefined;
  readonly id?: string | undefined;
  readonly reason?: string | undefined;
  readonly foreign: boolean;
}

const OPTIONS = {
  store: { type: "string" },
  json: { type: "boolean", default: false },
  limit: { type: "string", short: "n" },
  messages: { type: "string" },
  id: { type: "string" },
  reason: { type: "string" },
  foreign: { type: "boolean", default: false },
} as const;

const ACTIONS: ReadonlyMap<string, Command> = new Map([
  ["list", action("", list)],
  ["show", action("ID", show)],
  ["search", action("TEXT", search)],
  ["fork", action("ID", fork)],
  [
    "rename",
    action("ID TITLE", async ({ words: [id = "", title = ""], sessions }) => await sessions.rename(id, title)),
  ],
  ["delete", action("ID", remove)],
  ["cancel", action("ID", cancel)],
  ["say", action("ID TEXT", async ({ words: [id = "", text = ""], sessions }) => await sessions.say(id, text))],
  ["undo-compaction", action("ID", undoCompaction)],
  ["export", action("ID", exportLines)],
  ["import", action("FILE", importLines, { makes: true })],
]);

/** Makes a command of an action on sessions. */
function action(
  names: string,
  work: (asked: Asked) => Promise<void>,
  { makes = false }: { readonly makes?: boolean } = {},
): Command {
  return async (args, context) => {
    const { values, words } = parseWords(args, { command: "sessions", names, options: OPTIONS });
    await withUserStore(
      values.store,
      async (store) => {
        const sessions = openSessions(store, { clock: systemClock, newId: () => systemRandom.id() });
        await work({ ...context, words, values, sessions });
      },
      { makes },
    );
    return 0;
  };
}

async function list({ values, sessions, out }: Asked): Promise<void> {
  const found = await sessions.list({ limit: toCount("--limit", values.limit) ?? 20 });
  if (values.json) out(`${JSON.stringify(found)}\n`);
  else for (const summary of found) out(`${describeSummary(summary)}\n`);
}

async function remove({ words: [id = ""], sessions }: Asked): Promise<void> {
  await sessions.delete(id);
  await removeSessionFiles(process.env["HOME"] || homedir(), id);
}

async function show({ words: [id = ""], values, sessions, out }: Asked): Promise<void> {
  const report = await sessions.show(id);
  out(values.json ? `${JSON.stringify(report)}\n` : describeReport(report));
}

async function search({ words: [text = ""], values, sessions, out }: Asked): Promise<void> {
  const matches = await sessions.search(text, { limit: toCount("--limit", values.limit) ?? 20 });
  if (values.json) out(`${JSON.stringify(matches)}\n`);
  else
    for (const { sessionId, position, excerpt } of matches)
      out(`${sessionId}  event ${position}: ${oneLine(excerpt)}\n`);
}

async function fork({ words: [id = ""], values, sessions, out }: Asked): Promise<void> {
  const messages = toCount("--messages", values.messages);
  const options = {
    ...(messages === undefined ? {} : { messages }),
    ...(values.id === undefined ? {} : { id: values.id }),
  };
  out(`${await sessions.fork(id, options)}\n`);
}

async function cancel({ words: [id = ""], values, sessions }: Asked): Promise<void> {
  await sessions.cancel(id, { reason: values.reason ?? "cancelled from the command line", by: userName() });
}

async function undoCompaction({ words: [id = ""], sessions, out }: Asked): Promise<void> {
  const isUndone = await sessions.undoCompaction(id);
  out(isUndone ? "The last compaction is undone\n" : "There is no compaction to undo\n");
}

async function exportLines({ words: [id = ""], sessions, out }: Asked): Promise<void> {
  // What is not there would look like an empty session.
  await sessions.show(id);
  for await (const line of sessions.export(id)) out(`${line}\n`);
}

async function importLines({ words: [file = ""], values, sessions, out }: Asked): Promise<void> {
  const lines = createInterface({ input: createReadStream(file), crlfDelay: Infinity });
  const id = values.id === undefined ? {} : { id: values.id };
  out(`${await sessions.import(lines, { ...id, isForeign: values.foreign })}\n`);
}

function describeSummary({ sessionId, events, updatedAt, status, heldBy, title = "" }: SessionSummary): string {
  const state = heldBy === undefined ? status : "at work";
  return `${sessionId}  ${new Date(updatedAt).toISOString()}  ${state.padEnd(9)}  ${String(events).padStart(5)} events  ${oneLine(title).slice(0, 60)}`;
}

function describeReport(report: SessionReport): string {
  const { summary, turns, spent, todos, openCalls, waiting, text, lastRun } = report;
  const cost = spent.cost === null ? "cost unknown" : `$${spent.cost.toFixed(4)}`;
  const lines = [
    describeSummary(summary),
    `  turns ${turns}, tokens ${spent.tokens}, ${cost}`,
    `  last run: ${lastRun === null ? "none" : (lastRun.ended?.stopReason ?? "not ended")}`,
    ...openCalls.map(
      ({ callId, name, hasBegun }) => `  open call ${callId} ${escapeControls(name)}${hasBegun ? ", begun" : ""}`,
    ),
    ...waiting.map(({ question }) => `  waits for an answer: harness approvals show ${question.id}`),
    ...todos.map((todo) => `  todo ${oneLine(JSON.stringify(todo))}`),
    ...(text === "" ? [] : [`  last words: ${oneLine(text).slice(0, 500)}`]),
  ];
  return `${lines.join("\n")}\n`;
}

/** What models and tools said may hold what would deceive the person who looks. */
function oneLine(text: string): string {
  return escapeControls(text).replaceAll(/\s+/g, " ");
}

function toCount(option: string, text: string | undefined): number | undefined {
  if (text === undefined) return undefined;
  const value = Number(text);
  if (Number.isInteger(value) && value >= 0 && text.trim() !== "") return value;
  throw new UsageError(`${option} must be a whole number, not ${JSON.stringify(text)}`);
}
