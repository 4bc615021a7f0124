import { mkdir, rename, rm } from "node:fs/promises";
import { join } from "node:path";

import { raceSignal } from "../../async/index.ts";
import { locatePeer, SandboxError } from "../../errors/index.ts";
import type { ExecResult, RunCodeOptions, RunCodeResult } from "../../spec/index.ts";
import { makeOwnedFolder } from "../owner.ts";
import { createCodeClock } from "./code-clock.ts";
import type { PythonJob, PythonReport } from "./python-program.ts";
import { openPythonProcesses, type PythonPlaces, type PythonProcesses } from "./python-process.ts";
import { PYTHON_RUNNER } from "./python-runner.ts";

/** Runs Python; nothing of one piece of code is there for the next. */
export interface Python extends AsyncDisposable {
  run(code: string, options?: RunCodeOptions): Promise<RunCodeResult>;
}

const DEFAULT_TIMEOUT_MS = 10_000;
const DEFAULT_MEMORY_MB = 256;
const DEFAULT_OUTPUT_BYTES = 1024 * 1024;
/** By itself a start takes 0.4 s, and the first one 2 s; on a busy machine more. */
const START_MS = 30_000;
/** A character may be six bytes in JSON. */
const REPORT_FACTOR = 6;
const ERROR_BYTES = 10_000;

/**
 * Makes a place that runs Python: Pyodide in a process of its own for every piece of code, confined as in sandbox mode
 * "os", with no network, no variables, and no files but programs and the interpreter. Python reaches JavaScript by design,
 * so nothing is left to Python here; Node's permissions (no files, processes, threads, addons) come on top.
 * Throws code "package_missing" without the package, and "sandbox_unavailable" where the system cannot confine.
 */
export async function openPython(): Promise<Python> {
  const pyodide = locatePeer("pyodide");
  const folder = await makeOwnedFolder("python");
  const remove = (): Promise<void> => rm(folder, { recursive: true, force: true });
  try {
    const places = { pyodide, cwd: join(folder, "work"), kept: join(folder, "kept") };
    await Promise.all([mkdir(places.cwd), mkdir(places.kept)]);
    const processes = await openPythonProcesses(places);
    const prepare = createPreparation(processes, places);
    return {
      async run(code, options = {}) {
        const prepared = prepare();
        const image = await (options.signal === undefined ? prepared : raceSignal(prepared, options.signal));
        return await runWith({ processes, pyodide, image }, code, options);
      },
      async [Symbol.asyncDispose]() {
        await processes[Symbol.asyncDispose]();
        await remove();
      },
    };
  } catch (error) {
    await remove();
    throw error;
  }
}

/**
 * The image of a started interpreter, made once and before any code could have had a say in it: a start from it takes a
 * quarter of the time. What fails is tried again by the next who asks.
 */
function createPreparation(processes: PythonProcesses, { pyodide, cwd, kept }: PythonPlaces): () => Promise<string> {
  const make = async (): Promise<string> => {
    const [made, image] = [join(cwd, "image"), join(kept, "image")];
    const job = { ...emptyJob(pyodide), image: made };
    const result = await processes.start(job, { write: made }, { timeoutMs: 2 * START_MS });
    if (result.exitCode !== 0) throw new SandboxError(`Python could not be started: ${describeEnd(result)}`);
    // Out of the reach of code.
    await rename(made, image);
    return image;
  };
  let making: Promise<string> | undefined;
  return () => {
    if (making === undefined) {
      making = make();
      making.catch(() => (making = undefined));
    }
    return making;
  };
}

interface Interpreter {
  readonly processes: PythonProcesses;
  readonly pyodide: string;
  readonly image: string;
}

async function runWith(
  { processes, pyodide, image }: Interpreter,
  code: string,
  options: RunCodeOptions,
): Promise<RunCodeResult> {
  const { timeoutMs = DEFAULT_TIMEOUT_MS, memoryMb = DEFAULT_MEMORY_MB } = options;
  const maxBytes = Math.floor(options.maxOutputBytes ?? DEFAULT_OUTPUT_BYTES);
  const { isolation } = processes;
  using clock = createCodeClock(timeoutMs, options.signal);
  const late = { value: undefined, error: undefined, timedOut: true, truncated: false, isolation };
  try {
    const job = { ...emptyJob(pyodide), image, code, memoryMb, maxBytes };
    const result = await processes.start(
      job,
      { read: image },
      {
        timeoutMs: START_MS + timeoutMs,
        maxOutputBytes: maxBytes + REPORT_FACTOR * (maxBytes + ERROR_BYTES),
        signal: clock.signal,
        onOutput: clock.take,
      },
    );
    return result.timedOut ? { ...late, output: clock.output() } : { ...readResult(result), isolation };
  } catch (error) {
    if (!clock.isOver(error)) throw error;
    return { ...late, output: clock.output() };
  }
}

function emptyJob(folder: string): Omit<PythonJob, "image"> {
  return { folder, code: undefined, runner: PYTHON_RUNNER, memoryMb: 0, maxBytes: 0 };
}

/** The process wrote it, so the code may have: whatever is no report is an end without one. */
function readResult(result: ExecResult): Omit<RunCodeResult, "isolation"> {
  const { stdout: output, truncated } = result;
  const report = parseReport(result.stderr.trimEnd().split("\n").at(-1) ?? "");
  if (report === undefined) {
    const error = `Python ended without a result: ${describeEnd(result)}`;
    return { value: undefined, output, error, timedOut: false, truncated };
  }
  return {
    value: report.value,
    output,
    error: report.error,
    timedOut: false,
    truncated: truncated || report.isCut,
  };
}

function parseReport(line: string): PythonReport | undefined {
  try {
    const found: unknown = JSON.parse(line);
    if (typeof found !== "object" || found === null || !("isCut" in found)) return undefined;
    const value = "value" in found && typeof found.value === "string" ? { value: found.value } : {};
    const error = "error" in found && typeof found.error === "string" ? { error: found.error } : {};
    return { ...value, ...error, isCut: found.isCut === true };
  } catch {
    return undefined;
  }
}

function describeEnd({ exitCode, signal, stderr, diskFull }: ExecResult): string {
  if (diskFull === true) return "the disk was full";
  const end = signal === undefined ? `exit code ${String(exitCode)}` : `signal ${signal}`;
  const said = stderr.trim().slice(-500);
  return said === "" ? `${end}; its memory may have been too little` : `${end}; ${said}`;
}
