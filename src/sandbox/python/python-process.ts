import { SandboxError } from "../../errors/index.ts";
import type { ExecOptions, ExecResult, Isolation } from "../../spec/index.ts";
import { openOsSandbox } from "../os/open-os-sandbox.ts";
import { programPaths } from "../os/read-paths.ts";
import { PYTHON_PROGRAM, type PythonJob } from "./python-program.ts";

/** Starts processes that run Python. */
export interface PythonProcesses extends AsyncDisposable {
  readonly isolation: Isolation;
  /** Runs one, which may open `files` besides the interpreter's own. */
  start(job: PythonJob, files: NodePermissions, options: ExecOptions): Promise<ExecResult>;
}

/** Paths that Node's permissions let the process open. */
export interface NodePermissions {
  readonly read?: string;
  readonly write?: string;
}

/** Where it lives. */
export interface PythonPlaces {
  /** Where the package `pyodide` is installed. */
  readonly pyodide: string;
  /** The only folder that the system lets it write. */
  readonly cwd: string;
  /** A folder that it may read. */
  readonly kept: string;
}

/** What Node and the interpreter take before the code takes anything, by the count of the system. */
const OWN_MEMORY_MB = 1024;

/** Opens the confinement of mode "os" for them, narrower than for commands. Throws where that is not there. */
export async function openPythonProcesses(
  { pyodide, cwd, kept }: PythonPlaces,
  // Tests run one that does its worst: what holds Python must hold any JavaScript.
  program = PYTHON_PROGRAM,
): Promise<PythonProcesses> {
  const options = {
    mode: "os",
    cwd,
    hostEnv: {},
    graceMs: 1,
    // Not the number of processes: that counts all of the user's.
    limits: { memoryMb: 4096, openFiles: 256, fileSizeMb: 64, diskMb: 1024 },
  } as const;
  const sandbox = await openOsSandbox(options, {
    readable: [...programPaths(), process.execPath, pyodide, kept],
  }).catch((cause: unknown) => {
    throw withoutConfinement(cause);
  });
  const { isolation } = sandbox;
  return {
    isolation: {
      ...isolation,
      mode: "wasm",
      limits: ["time", ...isolation.limits],
      protections: [...(isolation.protections ?? []), "own-process", "node-permissions", "no-code-from-strings"],
    },
    start(job, { read, write }, execOptions) {
      const flags = [
        "--permission",
        `--allow-fs-read=${pyodide}/*`,
        ...(read === undefined ? [] : [`--allow-fs-read=${read}`]),
        ...(write === undefined ? [] : [`--allow-fs-write=${write}`]),
        "--disallow-code-generation-from-strings",
        "--max-old-space-size=256",
      ];
      return sandbox.exec([process.execPath, ...flags, "--eval", program], {
        ...execOptions,
        cwd,
        stdin: JSON.stringify(job),
        limits: { memoryMb: OWN_MEMORY_MB + job.memoryMb },
      });
    },
    [Symbol.asyncDispose]: () => sandbox[Symbol.asyncDispose](),
  };
}

function withoutConfinement(cause: unknown): unknown {
  if (!(cause instanceof SandboxError)) return cause;
  const message = `Python is run only where the system confines its process, as sandbox mode "os" does: ${cause.message}`;
  return new SandboxError(message, { code: "sandbox_unavailable", cause });
}
