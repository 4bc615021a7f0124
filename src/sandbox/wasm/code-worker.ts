import { isMainThread, parentPort, workerData } from "node:worker_threads";

import type { QuickJSContext, QuickJSHandle } from "quickjs-emscripten-core";

/** What a worker is started with. */
export interface CodeJob {
  readonly kind: "harness-code";
  readonly code: string;
  readonly memoryBytes: number;
  readonly timeoutMs: number;
  readonly maxBytes: number;
}

/** What it tells. */
export interface CodeReport {
  readonly value: string | undefined;
  readonly output: string;
  readonly error: string | undefined;
  /** The interpreter noticed the time limit itself. */
  readonly isOver: boolean;
  readonly isCut: boolean;
}

/** Told when the interpreter is loaded and the code's time begins. */
export const READY = "ready";

/** This module, for a worker that is to run it. */
export const CODE_WORKER = new URL(import.meta.url);

const PAGE_BYTES = 64 * 1024;
interface WebAssemblyApi {
  readonly Memory: new (size: { readonly initial: number; readonly maximum: number }) => object;
}

/** What the interpreter itself begins with: 16 MiB. */
const FIRST_PAGES = 256;

// The module is its own worker: as a file of its own a bundler would have to be told of it.
if (!isMainThread && isJob(workerData)) void serve(workerData);

async function serve(job: CodeJob): Promise<void> {
  const { newQuickJSWASMModuleFromVariant, newVariant } = await import("quickjs-emscripten-core");
  // Its types are those of CommonJS: the variant is the default export of either form.
  const { default: loaded } = await import("@jitl/quickjs-wasmfile-release-sync");
  const variant = "default" in loaded ? loaded.default : loaded;
  // The types of Node know the name and no value behind it.
  const { Memory } = (globalThis as unknown as { readonly WebAssembly: WebAssemblyApi }).WebAssembly;
  // The interpreter's own count misses what it freed and took again: the memory of the machine is what bounds it.
  const maximum = FIRST_PAGES + Math.ceil(job.memoryBytes / PAGE_BYTES);
  const wasmMemory = new Memory({ initial: FIRST_PAGES, maximum });
  const quickJs = await newQuickJSWASMModuleFromVariant(newVariant(variant, { wasmMemory }));
  const runtime = quickJs.newRuntime();
  runtime.setMemoryLimit(job.memoryBytes);
  runtime.setMaxStackSize(512 * 1024);
  parentPort?.postMessage(READY);
  const deadline = performance.now() + job.timeoutMs;
  let isOver = false;
  runtime.setInterruptHandler(() => (isOver = performance.now() > deadline));
  const context = runtime.newContext();
  const printed = createText(job.maxBytes);
  addConsole(context, (line) => printed.add(line));
  const report = (value: string | undefined, error: string | undefined): void => {
    const shown = createText(job.maxBytes);
    shown.add(value ?? "");
    parentPort?.postMessage({
      value: value === undefined ? undefined : shown.text(),
      output: printed.text(),
      error: error?.slice(0, 10_000),
      isOver,
      isCut: printed.isCut() || shown.isCut(),
    } satisfies CodeReport);
  };
  try {
    report(evaluate(context, job.code), undefined);
  } catch (error) {
    report(undefined, error instanceof Error ? error.message : String(error));
  }
  // Nothing is freed: the thread ends, and its memory with it.
}

/** The value of the last expression; a promise is waited for as long as there is anything left to do. */
function evaluate(context: QuickJSContext, code: string): string | undefined {
  const result = context.evalCode(code, "code.js", { strict: false });
  if (result.error !== undefined) throw new Error(describe(context, result.error));
  const handle = result.value;
  for (;;) {
    const jobs = context.runtime.executePendingJobs();
    if (jobs.error !== undefined) throw new Error(describe(context, jobs.error));
    if (jobs.value === 0) break;
  }
  if (context.typeof(handle) !== "object") return show(context, handle);
  const state = context.getPromiseState(handle);
  switch (state.type) {
    case "fulfilled":
      return show(context, state.value);
    case "rejected":
      throw new Error(describe(context, state.error));
    case "pending":
      throw new Error("The promise at the end never settles: nothing is left to run");
    default:
      return state satisfies never;
  }
}

function addConsole(context: QuickJSContext, print: (line: string) => void): void {
  const console = context.newObject();
  for (const name of ["log", "info", "warn", "error", "debug"]) {
    const method = context.newFunction(name, (...args) => {
      print(`${args.map((arg) => show(context, arg) ?? "undefined").join(" ")}\n`);
    });
    context.setProp(console, name, method);
  }
  context.setProp(context.global, "console", console);
}

/** Strings as they are, everything else as JSON; what has no JSON as its own text. */
function show(context: QuickJSContext, handle: QuickJSHandle): string | undefined {
  const type = context.typeof(handle);
  if (type === "undefined") return undefined;
  if (type === "string") return context.getString(handle);
  if (type !== "object") return String(textOf(context, handle));
  const json = context.getProp(context.global, "JSON");
  const stringify = context.getProp(json, "stringify");
  const result = context.callFunction(stringify, context.undefined, handle);
  if (result.error === undefined && context.typeof(result.value) === "string") return context.getString(result.value);
  return textOf(context, handle);
}

function textOf(context: QuickJSContext, handle: QuickJSHandle): string {
  const toText = context.getProp(context.global, "String");
  const result = context.callFunction(toText, context.undefined, handle);
  return result.error === undefined ? context.getString(result.value) : "[a value that has no text]";
}

function describe(context: QuickJSContext, error: QuickJSHandle): string {
  if (context.typeof(error) !== "object") return `Uncaught ${textOf(context, error)}`;
  const stack = context.getProp(error, "stack");
  const trace = context.typeof(stack) === "string" ? context.getString(stack).trimEnd() : "";
  return trace === "" ? textOf(context, error) : `${textOf(context, error)}\n${trace}`;
}

interface BoundedText {
  add(text: string): void;
  text(): string;
  isCut(): boolean;
}

/** Keeps the first characters; the rest is only known to have been there. */
function createText(maxBytes: number): BoundedText {
  const parts: string[] = [];
  let left = maxBytes;
  let isCut = false;
  return {
    add(text) {
      isCut ||= text.length > left;
      if (left > 0) parts.push(text.slice(0, left));
      left = Math.max(0, left - text.length);
    },
    text: () => parts.join(""),
    isCut: () => isCut,
  };
}

function isJob(data: unknown): data is CodeJob {
  return typeof data === "object" && data !== null && "kind" in data && data.kind === "harness-code";
}
