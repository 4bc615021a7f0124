import type { FilterStream, Tool } from "../spec/index.ts";
import { openProgress } from "./filter-progress.ts";
import type { CallWatch } from "./tool-call-event.ts";
import type { ToolCallRun } from "./tool-call-run.ts";

interface Shown extends Pick<CallWatch, "tell"> {
  readonly abort: (reason: unknown) => void;
}

/** What a tool shows while it works, as far as it passed the filters. These are opened with the first text: most tools show none. */
export class CallProgress {
  readonly #tool: Tool;
  readonly #run: ToolCallRun;
  readonly #shown: Shown;
  #filters: FilterStream | undefined;
  #isOver = false;
  #broken: { readonly error: unknown } | undefined;

  constructor(tool: Tool, run: ToolCallRun, shown: Shown) {
    this.#tool = tool;
    this.#run = run;
    this.#shown = shown;
  }

  /** Shows a text; never throws, since the tool is not to blame for who cannot take it. */
  emit(text: string): void {
    if (this.#isOver) return;
    try {
      this.#filters ??= openProgress(this.#tool, this.#run);
      this.#show(this.#filters.push(text));
    } catch (error) {
      this.#isOver = true;
      this.#broken = { error };
      this.#shown.abort(new DOMException("Nobody can take what the tool shows", "AbortError"));
    }
  }

  /** Shows what the filters held back. Throws what broke on the way. */
  end(): void {
    if (this.#broken !== undefined) throw this.#broken.error;
    this.#isOver = true;
    if (this.#filters !== undefined) this.#show(this.#filters.end());
  }

  /** From here on nothing is shown: a tool may go on when nobody waits for it any more. */
  close(): void {
    this.#isOver = true;
  }

  #show(text: string): void {
    if (text !== "") this.#shown.tell({ type: "progress", text });
  }
}
