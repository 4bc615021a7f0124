import { ProviderError } from "../errors/index.ts";
import type { Model, ModelStreamPart } from "../spec/index.ts";
import type { RecordedRun, RecordedTurn } from "./recording.ts";

/**
 * A model that answers as it did: one recorded answer after the other, whatever it is asked. After the last one it fails
 * with a `ProviderError`, since nobody knows what it would have said.
 */
export function recordedModel(run: RecordedRun): Model {
  const { provider, id } = run.model;
  let next = 0;
  return {
    provider,
    id,
    async *stream(_request, { signal }) {
      signal.throwIfAborted();
      const turn = run.turns[next];
      next += 1;
      if (turn === undefined) {
        const message = `The record ends here: after ${run.turns.length} answers nobody knows what ${id} would have said`;
        throw new ProviderError(message, { provider, isRetryable: false });
      }
      yield* answer(turn);
    },
  };
}

function* answer({ message, reason, usage }: RecordedTurn): Generator<ModelStreamPart> {
  yield { type: "model-select", ...message.model };
  for (const part of message.content) {
    if (part.type === "text") yield { type: "text-delta", text: part.text };
    if (part.type === "reasoning") yield { type: "reasoning-delta", text: part.text };
    if (part.type === "tool-call") yield { type: "tool-call", call: part };
  }
  yield { type: "finish", reason, usage, message };
}
