import type { FilterStream, Tool } from "../spec/index.ts";
import { openProgress } from "./filter-progress.ts";
import type { CallWatch } from "./tool-call-event.ts";
import type { ToolCallRun } from "./tool-call-run.ts";

/** What a tool shows while it works. */
export interface CallProgress {
  /** Shows a text; never throws, since the tool is not to blame for who cannot take it. */
  readonly emit: (text: string) => void;
  /** Shows what the filters held back. Throws what broke on the way. */
  end(): void;
  /** From here on nothing is shown: a tool may go on when nobody waits for it any more. */
  close(): void;
}

/** Shows what passed the filters, which are opened with the first text: most tools show none. */
export function openCallProgress(
  tool: Tool,
  run: ToolCallRun,
  { tell, abort }: Pick<CallWatch, "tell"> & { readonly abort: (reason: unknown) => void },
): CallProgress {
  let filters: FilterStream | undefined;
  let isOver = false;
  let broken: { readonly error: unknown } | undefined;
  const show = (text: string): void => {
    if (text !== "") tell({ type: "progress", text });
  };
  return {
    emit(text) {
      if (isOver) return;
      try {
        filters ??= openProgress(tool, run);
        show(filters.push(text));
      } catch (error) {
        isOver = true;
        broken = { error };
        abort(new DOMException("Nobody can take what the tool shows", "AbortError"));
      }
    },
    end() {
      if (broken !== undefined) throw broken.error;
      isOver = true;
      if (filters !== undefined) show(filters.end());
    },
    close() {
      isOver = true;
    },
  };
}
