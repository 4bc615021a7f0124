import { suggestName } from "../errors/index.ts";
import type { CodeLanguage, RunCodeOptions, RunCodeResult } from "../spec/index.ts";
import type { Python } from "./python/open-python.ts";

/** What runs the code of one sandbox. */
export interface CodeRunner {
  run(code: string, options: RunCodeOptions): Promise<RunCodeResult>;
  /** Ends what runs in Python and removes what it needed; the next code starts it anew. */
  close(): Promise<void>;
}

const LANGUAGES = ["javascript", "python"] as const satisfies readonly CodeLanguage[];

/** Makes the runner of a sandbox. An interpreter is loaded when the first code for it comes. */
export function createCodeRunner(): CodeRunner {
  let python: Promise<Python> | undefined;
  const openPython = async (): Promise<Python> => {
    const { openPython: open } = await import("./python/open-python.ts");
    return await open();
  };
  return {
    async run(code, options) {
      checkOptions(options);
      options.signal?.throwIfAborted();
      const { language = "javascript" } = options;
      switch (language) {
        case "javascript": {
          const { runCode } = await import("./wasm/run-code.ts");
          return await runCode(code, options);
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
    async close() {
      const opened = python;
      python = undefined;
      await opened?.then(
        (one) => one[Symbol.asyncDispose](),
        () => {},
      );
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
