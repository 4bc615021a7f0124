import { quoteWord } from "../quote-word.ts";
import type { SandboxLimits } from "../sandbox-options.ts";
import type { Shell } from "./find-program.ts";

/** What a limited command ends with when its limits could not be set; it did not run then. */
const LIMITS_FAILED = 126;

const MIB = 1024 * 1024;

/** Which of the limits the host can hold. */
export function heldLimits({
  diskMb,
  memoryMb,
  cpuSeconds,
  processes,
  fileSizeMb,
  openFiles,
}: SandboxLimits): readonly string[] {
  const isRoot = process.getuid?.() === 0;
  return [
    // Elsewhere the kernel takes the limit and does not hold it.
    ...(memoryMb !== undefined && process.platform === "linux" ? ["memory"] : []),
    ...(cpuSeconds === undefined ? [] : ["cpu"]),
    // The limit counts a user's processes; the kernel lets root pass it.
    ...(processes !== undefined && !isRoot ? ["processes"] : []),
    ...(fileSizeMb === undefined ? [] : ["file-size"]),
    ...(openFiles === undefined ? [] : ["descriptors"]),
    ...(diskMb === undefined ? [] : ["disk"]),
  ];
}

/** How to put limits before a program. */
export interface LimitOptions {
  readonly shell: Shell;
  readonly cwd?: string;
  /** Descriptors that the program is not to have. */
  readonly closed?: readonly number[];
}

/**
 * Puts a shell in front of an argv that closes descriptors, limits itself, goes to `cwd` where one is given, and then
 * becomes the program.
 */
export function limitCommand(
  argv: readonly string[],
  limits: SandboxLimits,
  { shell, cwd, closed = [] }: LimitOptions,
): readonly string[] {
  const steps = readSettings(limits, shell).map((setting) => `ulimit ${setting}`);
  steps.unshift(...closed.filter((one) => one <= shell.lastDescriptor).map((one) => `exec ${one}>&-`));
  if (cwd !== undefined) steps.unshift(`cd -- ${quoteWord(cwd)}`, "unset OLDPWD");
  if (steps.length === 0) return argv;
  const script = `${steps.join(" && ")} || exit ${LIMITS_FAILED}; exec "$@"`;
  return [shell.path, ...shell.flags, script, "sandbox", ...argv];
}

function readSettings(limits: SandboxLimits, shell: Shell): readonly string[] {
  const { memoryMb, cpuSeconds, processes, fileSizeMb, openFiles } = limits;
  const settings: string[] = [];
  if (openFiles !== undefined) settings.push(`-n ${whole(openFiles)}`);
  // Data, not address space (-v): Node and Java reserve far more addresses than they use and would not start.
  if (memoryMb !== undefined) settings.push(`-d ${whole(memoryMb * 1024)}`);
  if (cpuSeconds !== undefined) {
    // SIGXCPU first, which tells why; SIGKILL a second later.
    settings.push(`-t ${whole(cpuSeconds) + 1}`, `-S -t ${whole(cpuSeconds)}`);
  }
  if (processes !== undefined) settings.push(`${shell.processesFlag} ${whole(processes)}`);
  if (fileSizeMb !== undefined) settings.push(`-f ${whole((fileSizeMb * MIB) / shell.fileBlockBytes)}`);
  return settings;
}

function whole(value: number): number {
  return Math.max(1, Math.floor(value));
}
