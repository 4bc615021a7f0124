import { accessSync, constants, statSync } from "node:fs";
import { join, resolve } from "node:path";

import { SandboxError } from "../../errors/index.ts";

/** A shell and how it differs from others. */
export interface Shell {
  readonly path: string;
  /** What makes it run a script without reading anybody's start files. */
  readonly flags: readonly string[];
  /** The option of `ulimit` for processes. */
  readonly processesFlag: string;
  /** Bytes that `ulimit -f` counts in. */
  readonly fileBlockBytes: number;
  /** The highest descriptor that its redirections can name. */
  readonly lastDescriptor: number;
}

/** Looked at before PATH, which others may have written. */
const FOLDERS = ["/bin", "/usr/bin", "/usr/local/bin"];

/** bash, else sh. Throws a `SandboxError` where there is neither. */
export function findShell(path: string): Shell {
  const folders = [...FOLDERS, ...path.split(":")].join(":");
  const bash = findProgram("bash", { path: folders, cwd: "/" });
  if (bash !== undefined) return bashShell(bash);
  const sh = findProgram("sh", { path: folders, cwd: "/" });
  if (sh !== undefined) return posixShell(sh);
  throw new SandboxError("Neither bash nor sh is there to run commands with", { code: "sandbox_unavailable" });
}

/** How bash differs. */
export function bashShell(path: string): Shell {
  return {
    path,
    flags: ["--noprofile", "--norc", "-c"],
    processesFlag: "-u",
    fileBlockBytes: 1024,
    lastDescriptor: 2 ** 31 - 1,
  };
}

/** How a plain `sh` (dash, busybox) differs. */
export function posixShell(path: string): Shell {
  return { path, flags: ["-c"], processesFlag: "-p", fileBlockBytes: 512, lastDescriptor: 9 };
}

/** The file that a program's name means, as `execvp` looks it up. */
export function findProgram(
  name: string,
  { path, cwd }: { readonly path: string; readonly cwd: string },
): string | undefined {
  if (name.includes("/")) return isProgram(resolve(cwd, name)) ? resolve(cwd, name) : undefined;
  for (const folder of path.split(":")) {
    const file = join(resolve(cwd, folder), name);
    if (isProgram(file)) return file;
  }
  return undefined;
}

function isProgram(file: string): boolean {
  try {
    accessSync(file, constants.X_OK);
    return statSync(file).isFile();
  } catch {
    return false;
  }
}
