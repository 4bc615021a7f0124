import { startTimer } from "../../async/index.ts";
import { PYTHON_READY } from "./python-program.ts";

/** Counts the time of code, which begins when the interpreter says that it is there. */
export interface CodeClock extends Disposable {
  readonly signal: AbortSignal;
  /** Takes what the process writes. */
  readonly take: (text: string, stream: "stdout" | "stderr") => void;
  /** What came on its standard output so far. */
  output(): string;
  /** Whether it was the clock that ended the process. */
  isOver(reason: unknown): boolean;
}

/** Makes a clock that aborts after `timeoutMs`, or with `signal`. */
export function createCodeClock(timeoutMs: number, signal: AbortSignal | undefined): CodeClock {
  const over = new AbortController();
  const reason = new DOMException("The code's time is over", "TimeoutError");
  const printed: string[] = [];
  let told = "";
  let stop: (() => void) | undefined;
  return {
    signal: signal === undefined ? over.signal : AbortSignal.any([over.signal, signal]),
    take(text, stream) {
      if (stream === "stdout") printed.push(text);
      else if (stop === undefined) {
        told += text;
        if (told.includes(PYTHON_READY)) stop = startTimer(timeoutMs, () => over.abort(reason));
      }
    },
    output: () => printed.join(""),
    isOver: (found) => found === reason,
    [Symbol.dispose]() {
      stop?.();
    },
  };
}
