import { realpath, stat } from "node:fs/promises";
import { isAbsolute, join, relative, resolve } from "node:path";

import { SandboxError } from "../errors/index.ts";
import { isInside } from "../files/index.ts";
import type { Files, RunCodeOptions, RunCodeResult, Sandbox } from "../spec/index.ts";
import { createCommandBlocker } from "./block-commands.ts";
import { createCodeRunner } from "./code-runner.ts";
import { openHostFiles } from "./host-files.ts";
import { reapFolders, reapProcesses } from "./reap-orphans.ts";
import { checkExecNames, checkSandboxNames } from "./check-sandbox-names.ts";
import { checkNumbers, readMode, type SandboxMode, type SandboxOptions } from "./sandbox-options.ts";

/** A sandbox that `createSandbox` opened. */
export interface OpenedSandbox extends Sandbox {
  /** The files that commands see. */
  readonly files: Files;
  /**
   * Runs JavaScript in QuickJS, or Python in Pyodide within the confinement of mode "os", in every mode alike: neither
   * needs the sandbox's files or commands.
   */
  runCode(code: string, options?: RunCodeOptions): Promise<RunCodeResult>;
  /** Ends every process that commands left, and empties temporary folders. The workspace stays as it is. */
  reset(): Promise<void>;
}

/** What each mode makes. */
interface ModeSandbox extends Sandbox {
  readonly files: Files;
  readonly reset: () => Promise<void>;
}

/**
 * Opens a place where commands run. Throws a `SandboxError` with code "sandbox_unavailable" when what is asked for is
 * not there, and never gives a weaker one instead. The caller disposes it: nothing that it started survives that.
 *
 * @example
 * await using sandbox = await createSandbox({ mode: "process", cwd: "/srv/project" });
 * const { exitCode, output } = await sandbox.exec("npm test", { timeoutMs: 60_000 });
 */
export async function createSandbox(options: SandboxOptions): Promise<OpenedSandbox> {
  const mode = readMode(options.mode);
  checkSandboxNames(options);
  checkNumbers(options);
  const named = resolve(options.cwd);
  // File tools tell real paths, and commands must know the same ones.
  const cwd = await openDirectory(named);
  const refuse = createCommandBlocker(options.blockedCommands ?? []);
  // Both wait for other processes.
  const [sandbox] = await Promise.all([open(mode, { ...options, cwd }), reapOnce()]);
  const codes = createCodeRunner();
  return {
    mode,
    isolation: sandbox.isolation,
    files: sandbox.files,
    async exec(command, execOptions = {}) {
      execOptions.signal?.throwIfAborted();
      checkCommand(command);
      checkExecNames(execOptions);
      checkNumbers({
        ...(execOptions.limits === undefined ? {} : { limits: execOptions.limits }),
        ...(execOptions.timeoutMs === undefined ? {} : { timeoutMs: execOptions.timeoutMs }),
        ...(execOptions.maxOutputBytes === undefined ? {} : { maxOutputBytes: execOptions.maxOutputBytes }),
      });
      if (execOptions.cwd !== undefined && !isAbsolute(execOptions.cwd)) {
        throw new TypeError(`cwd must be an absolute path, not ${JSON.stringify(execOptions.cwd)}`);
      }
      const reason = refuse(command);
      if (reason !== undefined) throw new SandboxError(reason, { code: "command_blocked" });
      const place = execOptions.cwd === undefined ? cwd : toReal(execOptions.cwd, { named, cwd });
      return await sandbox.exec(command, { ...execOptions, cwd: place });
    },
    async runCode(code, codeOptions = {}) {
      return await codes.run(code, codeOptions);
    },
    async reset() {
      await codes.reset();
      await sandbox.reset();
    },
    async [Symbol.asyncDispose]() {
      await codes[Symbol.asyncDispose]();
      await sandbox[Symbol.asyncDispose]();
    },
  };
}

let reaping: Promise<unknown> | undefined;

/** What a crash left is looked for once in a program's life; the state is that memory. Containers are each container's. */
async function reapOnce(): Promise<void> {
  reaping ??= reapProcesses().then(reapFolders);
  // That it failed is no reason to run nothing.
  await reaping.catch(() => {});
}

async function open(mode: SandboxMode, options: SandboxOptions): Promise<ModeSandbox> {
  switch (mode) {
    case "none":
    case "process": {
      const { openHostSandbox } = await import("./host/open-host-sandbox.ts");
      return await joinFiles(openHostSandbox(mode, options), openHostFiles(mode, options));
    }
    case "os": {
      const { openOsSandbox } = await import("./os/open-os-sandbox.ts");
      return await joinFiles(openOsSandbox(options), openHostFiles(mode, options));
    }
    case "wasm": {
      const { openWasmSandbox } = await import("./wasm/open-wasm-sandbox.ts");
      return await joinFiles(openWasmSandbox(), openHostFiles(mode, options));
    }
    case "docker": {
      const { openDockerSandbox } = await import("./docker/open-docker-sandbox.ts");
      return await openDockerSandbox(options);
    }
    default:
      throw new TypeError(`Unknown sandbox mode ${String(mode satisfies never)}`);
  }
}

/** A sandbox whose files were opened meanwhile: most of the time it waits for its processes. */
async function joinFiles(opening: Promise<Omit<ModeSandbox, "files">>, files: Promise<Files>): Promise<ModeSandbox> {
  const [sandbox, opened] = await Promise.allSettled([opening, files]);
  if (sandbox.status === "rejected") throw sandbox.reason;
  if (opened.status === "rejected") {
    await sandbox.value[Symbol.asyncDispose]();
    throw opened.reason;
  }
  return { ...sandbox.value, files: opened.value };
}

function checkCommand(command: string | readonly string[]): void {
  if (typeof command !== "string" && !Array.isArray(command)) {
    throw new TypeError("A command is a text, or a program and its arguments as a list");
  }
  if (typeof command !== "string" && (command[0] ?? "") === "") throw new TypeError("The command names no program");
  const text = typeof command === "string" ? command : command.join(" ");
  if (text.includes("\0")) throw new TypeError("The command holds a NUL character, which no program can be given");
}

/** The working directory may be named by way of links; what is below it is then too. */
function toReal(path: string, { named, cwd }: { readonly named: string; readonly cwd: string }): string {
  return isInside(named, path) ? join(cwd, relative(named, path)) : path;
}

async function openDirectory(path: string): Promise<string> {
  const real = await realpath(path).catch(() => undefined);
  if (real !== undefined && (await stat(real)).isDirectory()) return real;
  throw new SandboxError(`The working directory is no directory: ${path}. Pass one that exists as cwd`, {
    code: "sandbox_unavailable",
  });
}
