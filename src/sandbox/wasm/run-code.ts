import { Worker } from "node:worker_threads";

import { raceSignal } from "../../async/index.ts";
import { describeError, importPeer, SandboxError } from "../../errors/index.ts";
import type { Isolation, RunCodeOptions, RunCodeResult } from "../../spec/index.ts";
import { CODE_WORKER, READY, type CodeJob, type CodeReport } from "./code-worker.ts";

/** What holds for code in QuickJS. */
export const CODE_ISOLATION: Isolation = {
  mode: "wasm",
  filesystem: "confined",
  network: "none",
  environment: "scrubbed",
  limits: ["time", "output", "memory"],
  runtime: "quickjs",
  protections: ["no-files", "no-modules", "own-thread"],
};

const DEFAULT_TIMEOUT_MS = 10_000;
const DEFAULT_MEMORY_MB = 64;
const DEFAULT_OUTPUT_BYTES = 1024 * 1024;
/** The interpreter looks at its clock between instructions; within a long one only the end of the thread helps. */
const PATIENCE_MS = 250;
const START_MS = 30_000;
const MIB = 1024 * 1024;

/**
 * Runs JavaScript in QuickJS, compiled to WebAssembly, in a thread of its own that is ended at the limit whatever the
 * code does. The code reaches nothing but what the language brings and `console`.
 */
export async function runCode(code: string, options: RunCodeOptions = {}): Promise<RunCodeResult> {
  const { timeoutMs = DEFAULT_TIMEOUT_MS, memoryMb = DEFAULT_MEMORY_MB, signal } = options;
  const { maxOutputBytes = DEFAULT_OUTPUT_BYTES } = options;
  // A missing package is told here, where its name can be; the worker loads it again for itself.
  await importPeer("quickjs-emscripten-core", () => import("quickjs-emscripten-core"));
  await importPeer("@jitl/quickjs-wasmfile-release-sync", () => import("@jitl/quickjs-wasmfile-release-sync"));
  const job: CodeJob = {
    kind: "harness-code",
    code,
    memoryBytes: Math.floor(memoryMb * MIB),
    timeoutMs,
    maxBytes: Math.floor(maxOutputBytes),
  };
  const worker = new Worker(CODE_WORKER, {
    workerData: job,
    // Nothing of the host comes along, and the thread's own heap is bounded besides the interpreter's.
    env: {},
    execArgv: [],
    stdout: true,
    stderr: true,
    resourceLimits: { maxOldGenerationSizeMb: 64, maxYoungGenerationSizeMb: 16 },
  });
  try {
    const report = await waitFor(worker, timeoutMs, signal);
    return toResult(report);
  } finally {
    await worker.terminate();
  }
}

/** `undefined` when the time was over. */
async function waitFor(
  worker: Worker,
  timeoutMs: number,
  signal: AbortSignal | undefined,
): Promise<CodeReport | undefined> {
  let timer: NodeJS.Timeout | undefined;
  const arm = (ms: number, finish: (report: undefined) => void): void => {
    clearTimeout(timer);
    timer = setTimeout(finish, ms, undefined);
  };
  const report = new Promise<CodeReport | undefined>((resolve, reject) => {
    arm(START_MS + timeoutMs, resolve);
    worker.on("message", (message: CodeReport | typeof READY) => {
      if (message === READY) arm(timeoutMs + PATIENCE_MS, resolve);
      else resolve(message);
    });
    worker.once("error", (cause) =>
      reject(new SandboxError(`The code could not be run: ${describeError(cause)}`, { cause })),
    );
    worker.once("exit", () => reject(new SandboxError("The thread that ran the code ended without a result")));
  });
  try {
    return await (signal === undefined ? report : raceSignal(report, signal));
  } finally {
    clearTimeout(timer);
  }
}

function toResult(report: CodeReport | undefined): RunCodeResult {
  const { value, output = "", error, isOver = true, isCut = false } = report ?? {};
  return {
    value,
    output,
    error: isOver ? undefined : error,
    timedOut: isOver,
    truncated: isCut,
    isolation: CODE_ISOLATION,
  };
}
