import { describeError } from "../errors/index.ts";
import type { SessionEventBody } from "../spec/index.ts";
import type { AgentRun } from "./agent-run.ts";
import { recordPrompt } from "./record-event.ts";

/** Whether somebody said something that the model has not read. */
export function hasSteering({ steering, journal }: AgentRun): boolean {
  return steering.hasPending || journal.state.steering.length > 0;
}

/**
 * What the person said enters the history at the border of a turn, where every vendor takes it: first what was said in
 * other processes or before this run, then what was said to it. Receipts are given when it is kept.
 */
export async function deliverSteering(run: AgentRun, turn: number): Promise<void> {
  await deliverKept(run, turn);
  const taken = run.steering.take();
  for (const [index, { asked: text, settle }] of taken.entries()) {
    try {
      await run.history.append({ role: "user", content: [{ type: "text", text }] });
    } catch (error) {
      const reason = `It could not be kept: ${describeError(error)}`;
      for (const late of taken.slice(index)) late.settle({ status: "not_delivered", reason });
      throw error;
    }
    recordPrompt([{ type: "text", text }], run, { source: "steering", turn });
    settle({ status: "delivered", turn });
    run.emitter.emit({ type: "system", subtype: "steered", data: { text, turn } });
  }
}

async function deliverKept(run: AgentRun, turn: number): Promise<void> {
  const { journal, emitter } = run;
  const kept = [...journal.state.steering];
  if (kept.length === 0) return;
  const messages = kept.map(({ content }): SessionEventBody => {
    return { type: "message-added", data: { message: { role: "user", content } } };
  });
  // Together: a message that is read twice would be two orders.
  await journal.record([...messages, { type: "steering-delivered", data: { ids: kept.map(({ id }) => id), turn } }]);
  for (const { content } of kept) {
    recordPrompt(content, run, { source: "steering", turn });
    const text = content.map((part) => (part.type === "text" ? part.text : `[${part.type}]`)).join("\n");
    emitter.emit({ type: "system", subtype: "steered", data: { text, turn } });
  }
}
