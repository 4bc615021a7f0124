import type { loadPyodide } from "pyodide";

/** What the process that runs Python reads from its standard input, as JSON. */
export interface PythonJob {
  /** Where the package `pyodide` is installed. */
  readonly folder: string;
  /** The image of a started interpreter: made where there is no code, loaded where there is some. */
  readonly image: string;
  readonly code: string | undefined;
  /** The Python that runs the code. */
  readonly runner: string;
  /** MiB that the interpreter may take more than it begins with. */
  readonly memoryMb: number;
  readonly maxBytes: number;
}

/** What it tells at its end, as the last line of its standard error. All of it may be the code's invention. */
export interface PythonReport {
  readonly value?: string;
  readonly error?: string;
  readonly isCut: boolean;
}

/** The line on its standard error that tells: the interpreter is there, and the code's time begins. */
export const PYTHON_READY = "ready";

/**
 * The program of that process, as text for `node --eval`: it needs no file that would have to be found and readable
 * there. So the function uses nothing from outside of itself.
 */
export const PYTHON_PROGRAM = `(${servePython.toString()})()`;

async function servePython(): Promise<void> {
  const fs = process.getBuiltinModule("node:fs");
  const { createRequire } = process.getBuiltinModule("node:module");
  const job = JSON.parse(fs.readFileSync(0, "utf8")) as PythonJob;
  // The permission model closes `process.binding`; the interpreter wants these numbers of it and nothing else.
  Object.defineProperty(process, "binding", { value: () => ({ fs: fs.constants }) });
  const load = createRequire(`${job.folder}/package.json`);
  const pyodide = load("./pyodide.js") as { readonly loadPyodide: typeof loadPyodide };
  let left = job.maxBytes;
  let isCut = false;
  const print = {
    write(bytes: Uint8Array): number {
      isCut ||= bytes.length > left;
      const kept = bytes.subarray(0, left);
      for (let done = 0; done < kept.length;) done += fs.writeSync(1, kept, done);
      left -= kept.length;
      return bytes.length;
    },
  };
  const python = await pyodide.loadPyodide({
    indexURL: `${job.folder}/`,
    // What `import js` shows: enough for an event loop, and no way to Node.
    jsglobals: { setTimeout, clearTimeout, setInterval, clearInterval, Object, Array, Promise, Error },
    ...(job.code === undefined ? { _makeSnapshot: true } : { _loadSnapshot: fs.readFileSync(job.image) }),
  });
  if (job.code === undefined) {
    fs.writeFileSync(job.image, python.makeMemorySnapshot());
    return;
  }
  python.setStdin({ stdin: () => null });
  python.setStdout(print);
  python.setStderr(print);
  limitMemory();
  const run = python.runPython(job.runner) as (code: string, limit: number) => Promise<string>;
  fs.writeSync(2, "ready\n");
  const report = JSON.parse(await run(job.code, job.maxBytes)) as PythonReport;
  fs.writeSync(2, `\n${JSON.stringify({ ...report, isCut: isCut || report.isCut })}\n`);
  // What the code left to be done later is not waited for.
  process.exit(0);

  function limitMemory(): void {
    const { Memory } = (globalThis as unknown as { WebAssembly: { Memory: { prototype: WasmMemory } } }).WebAssembly;
    const grow = Memory.prototype.grow;
    // A page is 64 KiB.
    let pages = Math.ceil(job.memoryMb * 16);
    Memory.prototype.grow = function growWithin(this: WasmMemory, more: number): number {
      if (more > pages) throw new RangeError("The memory limit is reached");
      const before = grow.call(this, more);
      pages -= more;
      return before;
    };
  }

  interface WasmMemory {
    grow(pages: number): number;
  }
}
