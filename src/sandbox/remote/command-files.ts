import { randomBytes } from "node:crypto";
import { basename, dirname, posix } from "node:path";

import { HarnessError } from "../../errors/index.ts";
import { isSameState } from "../../files/index.ts";
import type { DirectoryEntry, ExecResult, Files, FileState, Sandbox } from "../../spec/index.ts";

/** Options of `commandFiles`. */
export interface CommandFilesOptions {
  readonly exec: Sandbox["exec"];
  /** Absolute real path of the only root, there. */
  readonly cwd: string;
  readonly isProtected: (absolutePath: string) => boolean;
}

const DEFAULT_MAX_BYTES = 10 * 1024 * 1024;
/** Fields of `stat` that make a state; the time in seconds with fractions. */
const STATE = "%s %.Y %i %f %h";

/**
 * Files of a place that only commands reach, such as a machine elsewhere: needs GNU coreutils there. What is outside of
 * the root is refused here by its real path; between that look and the use lies a moment, and what holds then is the
 * place itself, which has nothing of this machine.
 */
export function commandFiles(options: CommandFilesOptions): Files {
  const { cwd, isProtected } = options;
  const { run, realPath, writable, stateOf } = openAccess(options);
  return {
    cwd,
    roots: [cwd],
    resolve: realPath,
    async read(path, { offset = 0, maxBytes = DEFAULT_MAX_BYTES, signal } = {}) {
      signal?.throwIfAborted();
      const real = await realPath(path);
      const state = await stateOf(real, path);
      if (state === undefined) throw systemError(path, "ENOENT", "there is no such file or directory");
      const script = 'test -f "$1" || exit 9; tail -c "+$2" -- "$1" | head -c "$3" | base64 -w 0';
      const { stdout, exitCode } = await run(script, [real, String(offset + 1), String(maxBytes + 1)]);
      if (exitCode === 9) throw new HarnessError(`"${path}" is not a regular file`, { code: "file_not_regular" });
      const bytes = Buffer.from(stdout, "base64");
      return { bytes: bytes.subarray(0, maxBytes), isTruncated: bytes.length > maxBytes, state };
    },
    async write(path, data, { expect } = {}) {
      const real = await writable(path);
      const now = expect === undefined ? undefined : await stateOf(real, path);
      const isExpected = expect === undefined || (expect === null ? now === undefined : isSame(now, expect));
      if (!isExpected) throw new HarnessError(`"${path}" was changed meanwhile`, { code: "file_changed" });
      const temporary = posix.join(dirname(real), `.harness-${randomBytes(9).toString("hex")}.tmp`);
      const script =
        'mkdir -p -- "$(dirname -- "$1")" && test ! -d "$1" && cat > "$2" && { test ! -e "$1" || chmod --reference="$1" -- "$2"; } && mv -T -- "$2" "$1" || { rm -f -- "$2"; exit 1; }';
      const bytes = typeof data === "string" ? Buffer.from(data) : data;
      const { exitCode, stderr } = await run(script, [real, temporary], bytes);
      const state = exitCode === 0 ? await stateOf(real, path) : undefined;
      if (state === undefined) throw systemError(path, "EACCES", stderr.trim() || "it could not be written");
      return state;
    },
    stat: async (path) => await stateOf(await realPath(path), path),
    async list(path) {
      const script = String.raw`cd -- "$1" && find . -mindepth 1 -maxdepth 1 -printf '%y %f\0'`;
      const { stdout, exitCode } = await run(script, [await realPath(path)]);
      if (exitCode !== 0) throw systemError(path, "ENOTDIR", "it is no directory that can be read");
      return stdout.split("\0").filter(Boolean).map(toEntry);
    },
    async remove(path) {
      // A link is removed itself: only its folder is followed.
      const folder = await writable(posix.dirname(posix.resolve(cwd, path)));
      const real = posix.join(folder, basename(path));
      if (isProtected(real)) throw new HarnessError(`"${path}" is protected`, { code: "path_protected" });
      const { exitCode } = await run('rm -- "$1"', [real]);
      if (exitCode !== 0) throw systemError(path, "ENOENT", "it could not be removed");
    },
  };
}

interface Access {
  run(script: string, args: readonly string[], stdin?: Uint8Array): Promise<ExecResult>;
  /** Where a path leads, there. Throws code "path_outside". */
  realPath(path: string): Promise<string>;
  /** The same. Throws code "path_protected" too. */
  writable(path: string): Promise<string>;
  stateOf(real: string, path: string): Promise<FileState | undefined>;
}

function openAccess({ exec, cwd, isProtected }: CommandFilesOptions): Access {
  const run = async (script: string, args: readonly string[], stdin?: Uint8Array): Promise<ExecResult> =>
    await exec(["sh", "-c", script, "files", ...args], {
      cwd: "/",
      maxOutputBytes: 256 * 1024 * 1024,
      ...(stdin === undefined ? {} : { stdin }),
    });
  const realPath = async (path: string): Promise<string> => {
    if (typeof path !== "string" || path === "") throw new TypeError("A path must be a text that is not empty");
    if (path.includes("\0")) throw outside(path.replaceAll("\0", "\\0"));
    const absolute = posix.resolve(cwd, path);
    if (!isBelow(cwd, absolute)) throw outside(path);
    const { stdout, exitCode } = await run('readlink -m -- "$1"', [absolute]);
    const real = stdout.replace(/\n$/, "");
    if (exitCode !== 0 || !isBelow(cwd, real)) throw outside(path);
    return real;
  };
  const writable = async (path: string): Promise<string> => {
    const real = await realPath(path);
    if (!isProtected(posix.resolve(cwd, path)) && !isProtected(real)) return real;
    throw new HarnessError(`"${path}" is protected: tools may read it but not write it`, { code: "path_protected" });
  };
  const stateOf = async (real: string, path: string): Promise<FileState | undefined> => {
    const { stdout, exitCode } = await run(`test -e "$1" || exit 9; stat -c '${STATE}' -- "$1"`, [real]);
    if (exitCode === 9) return undefined;
    if (exitCode !== 0) throw systemError(path, "EACCES", "permission denied");
    return readState(stdout, real);
  };
  return { run, realPath, writable, stateOf };
}

function isBelow(root: string, path: string): boolean {
  return path === root || path.startsWith(root === "/" ? "/" : `${root}/`);
}

function isSame(now: FileState | undefined, expected: FileState): boolean {
  return now !== undefined && isSameState(now, expected);
}

function readState(text: string, path: string): FileState {
  const [size = "", seconds = "", ino = "", mode = "", links = ""] = text.trim().split(" ");
  return {
    path,
    size: Number(size),
    mtimeMs: Number(seconds) * 1000,
    ino: Number(ino),
    mode: Number.parseInt(mode, 16),
    links: Number(links),
  };
}

function toEntry(line: string): DirectoryEntry {
  const types: Readonly<Record<string, DirectoryEntry["type"]>> = { f: "file", d: "directory", l: "link" };
  return { name: line.slice(2), type: types[line.slice(0, 1)] ?? "other" };
}

function outside(path: string): HarnessError {
  return new HarnessError(`"${path}" is outside of the directory that may be used`, { code: "path_outside" });
}

function systemError(path: string, code: string, meaning: string): Error {
  return Object.assign(new Error(`"${path}": ${meaning} (${code})`), { code, path });
}
