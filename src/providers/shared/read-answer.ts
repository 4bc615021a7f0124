import { openSignalScope } from "../../async/index.ts";
import type { ModelFinish, ModelStreamPart } from "../../spec/index.ts";
import { toProviderError } from "./to-provider-error.ts";

/** The fold over the chunks of one answer. */
export interface ChunkFold<Chunk> {
  /** Whether the vendor said how the answer ends: nothing that breaks then takes anything away from it. */
  readonly isComplete: boolean;
  /** Takes a chunk and gives what the reader sees of it. Throws for an error that came as a chunk. */
  read(chunk: Chunk): readonly ModelStreamPart[];
  /** The end of the stream. Throws a `ProviderError` when there is no whole answer. */
  finish(): ModelFinish;
}

/** One call to a model whose client gives the answer in chunks. */
export interface ChunkedCall<Chunk> {
  readonly provider: string;
  /** Sends the request; the signal closes its connection. */
  readonly open: (signal: AbortSignal) => Promise<AsyncIterable<Chunk>>;
  readonly answer: ChunkFold<Chunk>;
  /** What the client's failures say, in the shape that `toProviderError` reads. */
  readonly readError?: (error: unknown, place: { readonly isOpen: boolean }) => unknown;
  readonly signal: AbortSignal;
}

/** Milliseconds that a server has to close a stream whose answer is complete, so that the connection can be kept. */
const CLOSE_MS = 1000;

/**
 * Sends a request through a vendor's client and streams its answer. Throws `signal.reason` on abort and a `ProviderError`
 * for every failure; the connection is closed whatever way the reader leaves.
 */
export async function* readAnswer<Chunk>(call: ChunkedCall<Chunk>): AsyncGenerator<ModelStreamPart> {
  const { provider, open, answer, readError = (error: unknown) => error, signal } = call;
  // Not every client looks at the signal before it sends.
  signal.throwIfAborted();
  using scope = openSignalScope([signal]);
  let closing: NodeJS.Timeout | undefined;
  let isOpen = false;
  let isRead = false;
  try {
    const chunks = await open(scope.signal);
    isOpen = true;
    for await (const chunk of chunks) {
      for (const part of answer.read(chunk)) yield part;
      clearTimeout(closing);
      if (answer.isComplete) closing = setTimeout(() => scope.abort(undefined), CLOSE_MS);
    }
    isRead = true;
  } catch (error) {
    if (!answer.isComplete) throw toProviderError(readError(error, { isOpen }), { provider, signal });
  } finally {
    clearTimeout(closing);
    // Clients leave the connection open when their reader leaves.
    if (!isRead) scope.abort(new DOMException("The reader left the stream", "AbortError"));
  }
  signal.throwIfAborted();
  yield answer.finish();
}
