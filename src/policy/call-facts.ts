import { analyseCommand, commandOf, type ShellAnalysis } from "../shell/index.ts";
import type { JsonObject, JsonValue } from "../spec/index.ts";
import type { PolicyCall } from "./policy-decision.ts";
import { readPaths, type PathFacts } from "./read-paths.ts";
import { readUrls, type UrlFacts } from "./read-urls.ts";

/** What conditions look at; each part is read when the first condition asks for it. */
export interface CallFacts {
  readonly args: JsonObject;
  /** The shell command; `undefined` when the call has none. */
  readonly command: ShellAnalysis | undefined;
  readonly paths: PathFacts;
  readonly urls: UrlFacts;
  readonly contents: readonly string[];
  /** `undefined`: nobody said. */
  readonly agent: string | undefined;
  readonly isTainted: boolean | undefined;
  /** Milliseconds since the epoch. */
  readonly now: number;
}

/** How facts are found. */
export interface CallFactsOptions {
  readonly home: string;
  readonly realpath: (path: string) => string | undefined;
  readonly now: () => number;
}

const CONTENT_ARGUMENTS = new Set(["content", "new_string", "new_source", "text"]);
const MAX_DEPTH = 5;

/** Reads what a call would do out of its arguments. */
export function readCall(call: PolicyCall, options: CallFactsOptions): CallFacts {
  return new LazyFacts(call, options);
}

/** A class, since an object of closures costs more than many a decision. */
class LazyFacts implements CallFacts {
  readonly #call: PolicyCall;
  readonly #options: CallFactsOptions;
  #command: { readonly value: ShellAnalysis | undefined } | undefined;
  #paths: PathFacts | undefined;
  #urls: UrlFacts | undefined;
  #contents: readonly string[] | undefined;
  #now: number | undefined;

  constructor(call: PolicyCall, options: CallFactsOptions) {
    this.#call = call;
    this.#options = options;
  }

  get args(): JsonObject {
    return this.#call.args;
  }

  get command(): ShellAnalysis | undefined {
    this.#command ??= { value: readCommand(this.#call.args) };
    return this.#command.value;
  }

  get paths(): PathFacts {
    this.#paths ??= readPaths(this.#call, this.command, this.#options);
    return this.#paths;
  }

  get urls(): UrlFacts {
    this.#urls ??= readUrls(this.#call.args, this.command);
    return this.#urls;
  }

  get contents(): readonly string[] {
    this.#contents ??= readContents(this.#call.args, 0);
    return this.#contents;
  }

  get agent(): string | undefined {
    return this.#call.agent;
  }

  get isTainted(): boolean | undefined {
    return this.#call.isTainted;
  }

  get now(): number {
    this.#now ??= this.#options.now();
    return this.#now;
  }
}

/** The command of a call, also of tools that are not ours: a text, a list of words, or a program and its `args`. */
function readCommand(args: PolicyCall["args"]): ShellAnalysis | undefined {
  const command = commandOf(args);
  return command === undefined ? undefined : analyseCommand(command);
}

function readContents(value: JsonValue, depth: number): readonly string[] {
  if (typeof value !== "object" || value === null || depth > MAX_DEPTH) return [];
  if (Array.isArray(value)) return value.flatMap((item: JsonValue) => readContents(item, depth + 1));
  return Object.entries(value).flatMap(([name, item]) =>
    CONTENT_ARGUMENTS.has(name) ? textsOf(item) : readContents(item, depth + 1),
  );
}

/** The texts of a value: itself, each of a list, or its JSON. */
export function textsOf(value: JsonValue | undefined): readonly string[] {
  if (typeof value === "string") return [value];
  if (Array.isArray(value)) return value.flatMap((item) => textsOf(item));
  return value === undefined || value === null ? [] : [JSON.stringify(value)];
}
