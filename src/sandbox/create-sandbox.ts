import { stat } from "node:fs/promises";
import { isAbsolute, resolve } from "node:path";

import { SandboxError } from "../errors/index.ts";
import type { Sandbox } from "../spec/index.ts";
import { createCommandBlocker } from "./block-commands.ts";
import { checkNumbers, readMode, type BuiltMode, type SandboxOptions } from "./sandbox-options.ts";

/**
 * Opens a place where commands run. Throws a `SandboxError` with code "sandbox_unavailable" when what is asked for is
 * not there, and never gives a weaker one instead. The caller disposes it: nothing that it started survives that.
 *
 * @example
 * await using sandbox = await createSandbox({ mode: "process", cwd: "/srv/project" });
 * const { exitCode, output } = await sandbox.exec("npm test", { timeoutMs: 60_000 });
 */
export async function createSandbox(options: SandboxOptions): Promise<Sandbox> {
  const mode = readMode(options.mode);
  checkNumbers(options);
  const cwd = resolve(options.cwd);
  await checkDirectory(cwd);
  const refuse = createCommandBlocker(options.blockedCommands ?? []);
  const sandbox = await open(mode, { ...options, cwd });
  return {
    mode,
    isolation: sandbox.isolation,
    async exec(command, execOptions = {}) {
      execOptions.signal?.throwIfAborted();
      checkCommand(command);
      checkNumbers({
        ...(execOptions.timeoutMs === undefined ? {} : { timeoutMs: execOptions.timeoutMs }),
        ...(execOptions.maxOutputBytes === undefined ? {} : { maxOutputBytes: execOptions.maxOutputBytes }),
      });
      if (execOptions.cwd !== undefined && !isAbsolute(execOptions.cwd)) {
        throw new TypeError(`cwd must be an absolute path, not ${JSON.stringify(execOptions.cwd)}`);
      }
      const reason = refuse(command);
      if (reason !== undefined) throw new SandboxError(reason, { code: "command_blocked" });
      return await sandbox.exec(command, execOptions);
    },
    [Symbol.asyncDispose]: () => sandbox[Symbol.asyncDispose](),
  };
}

async function open(mode: BuiltMode, options: SandboxOptions): Promise<Sandbox> {
  switch (mode) {
    case "none":
    case "process": {
      const { openHostSandbox } = await import("./host/open-host-sandbox.ts");
      return await openHostSandbox(mode, options);
    }
    case "docker": {
      const { openDockerSandbox } = await import("./docker/open-docker-sandbox.ts");
      return await openDockerSandbox(options);
    }
    default:
      throw new TypeError(`Unknown sandbox mode ${String(mode satisfies never)}`);
  }
}

function checkCommand(command: string | readonly string[]): void {
  if (typeof command !== "string" && (command[0] ?? "") === "") throw new TypeError("The command names no program");
  const text = typeof command === "string" ? command : command.join(" ");
  if (text.includes("\0")) throw new TypeError("The command holds a NUL character, which no program can be given");
}

async function checkDirectory(cwd: string): Promise<void> {
  const isDirectory = await stat(cwd).then(
    (state) => state.isDirectory(),
    () => false,
  );
  if (!isDirectory) {
    throw new SandboxError(`The sandbox's working directory is no directory: ${cwd}`, { code: "sandbox_unavailable" });
  }
}
