import { SandboxError, suggestName } from "../errors/index.ts";
import type { CodeLanguage, RunCodeOptions, RunCodeResult } from "../spec/index.ts";
import type { Python } from "./python/open-python.ts";

/** What runs the code of one sandbox. */
export interface CodeRunner extends AsyncDisposable {
  /** Throws a `SandboxError` once it is disposed. */
  run(code: string, options: RunCodeOptions): Promise<RunCodeResult>;
  /** Ends what runs in Python and removes what it needed; the next code starts it anew. */
  reset(): Promise<void>;
}

const LANGUAGES = ["javascript", "python"] as const satisfies readonly CodeLanguage[];

/** Makes the runner of a sandbox. An interpreter is loaded when the first code for it comes. */
export function createCodeRunner(): CodeRunner {
  let python: Promise<Python> | undefined;
  const closing = new AbortController();
  const openPython = async (): Promise<Python> => {
    const { openPython: open } = await import("./python/open-python.ts");
    return await open();
  };
  const reset = async (): Promise<void> => {
    const opened = python;
    python = undefined;
    await opened?.then(
      (one) => one[Symbol.asyncDispose](),
      () => {},
    );
  };
  return {
    async run(code, options) {
      if (closing.signal.aborted) throw new SandboxError("The sandbox is closed");
      checkOptions(options);
      options.signal?.throwIfAborted();
      const { language = "javascript" } = options;
      switch (language) {
        case "javascript": {
          const { runCode } = await import("./wasm/run-code.ts");
          const signals = [closing.signal, ...(options.signal === undefined ? [] : [options.signal])];
          return await runCode(code, { ...options, signal: AbortSignal.any(signals) });
        }
        case "python": {
          python ??= openPython();
          const opening = python;
          // What is not there may be by the next time.
          opening.catch(() => (python = python === opening ? undefined : python));
          return await (await opening).run(code, options);
        }
        default:
          throw new TypeError(`Unknown language ${String(language satisfies never)}`);
      }
    },
    reset,
    async [Symbol.asyncDispose]() {
      closing.abort(new SandboxError("The sandbox was closed while the code ran"));
      await reset();
    },
  };
}

function checkOptions({ language, timeoutMs, memoryMb, maxOutputBytes }: RunCodeOptions): void {
  if (language !== undefined && !LANGUAGES.includes(language)) {
    const names = LANGUAGES.map((name) => `"${name}"`).join(" and ");
    throw new TypeError(`Unknown language "${language}".${suggestName(language, LANGUAGES)} There are ${names}.`);
  }
  for (const [name, value] of Object.entries({ timeoutMs, memoryMb, maxOutputBytes })) {
    if (value !== undefined && !(value > 0)) throw new RangeError(`${name} must be a number above 0, not ${value}`);
  }
}
