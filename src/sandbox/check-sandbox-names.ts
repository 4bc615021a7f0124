import { checkKnownNames, type KnownNames } from "../errors/index.ts";
import type { ExecOptions } from "../spec/index.ts";
import { SANDBOX_OPTION_NAMES } from "./sandbox-option-names.ts";
import type { SandboxLimits, SandboxOptions } from "./sandbox-options.ts";

const EXEC: KnownNames<ExecOptions> = {
  cwd: true,
  env: true,
  stdin: true,
  timeoutMs: true,
  maxOutputBytes: true,
  limits: true,
  signal: true,
  onOutput: true,
};
const LIMITS: KnownNames<SandboxLimits> = {
  memoryMb: true,
  cpuSeconds: true,
  processes: true,
  fileSizeMb: true,
  openFiles: true,
  diskMb: true,
};

/** Throws a `TypeError` for an option or a limit that nobody reads: it would not hold. */
export function checkSandboxNames(options: SandboxOptions): void {
  checkKnownNames("createSandbox()", options, SANDBOX_OPTION_NAMES);
  checkKnownNames("limits of createSandbox()", options.limits ?? {}, LIMITS);
}

/** The same for the options of one command. */
export function checkExecNames(options: ExecOptions): void {
  checkKnownNames("exec()", options, EXEC);
  if (options.limits !== undefined) checkKnownNames("limits of exec()", options.limits, LIMITS);
}
