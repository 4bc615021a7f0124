import { HarnessError } from "../errors/index.ts";

/** An error of the operating system. */
export interface SystemError extends Error {
  readonly code: string;
}

/** Whether the operating system threw this. */
export function isSystemError(error: unknown): error is SystemError {
  return error instanceof Error && !HarnessError.isInstance(error) && "code" in error && typeof error.code === "string";
}

/** Whether an error says that there is nothing at a path. */
export function isMissing(error: unknown): boolean {
  return isSystemError(error) && (error.code === "ENOENT" || error.code === "ENOTDIR");
}

const MEANINGS = new Map([
  ["ENOENT", "there is no such file or directory"],
  ["ENOTDIR", "a part of the path is not a directory"],
  ["EISDIR", "it is a directory"],
  ["EACCES", "permission denied"],
  ["EPERM", "the operation is not permitted"],
  ["EROFS", "the file system is read-only"],
  ["ENOSPC", "no space is left on the device"],
  ["EDQUOT", "the disk quota is used up"],
  ["ELOOP", "too many symbolic links"],
  ["ENAMETOOLONG", "the name is too long"],
  ["EMFILE", "too many files are open"],
]);

/**
 * The system's error with its `code`, told with the path as the caller knows it: the system names the descriptor that
 * the file was reached through, which says nothing to a model. Other errors come back as they are.
 */
export function toFileError(error: unknown, path: string): unknown {
  if (!isSystemError(error)) return error;
  const meaning = MEANINGS.get(error.code) ?? "the system refused it";
  return Object.assign(new Error(`"${path}": ${meaning} (${error.code})`, { cause: error }), {
    code: error.code,
    path,
  });
}

/** A path that is refused because it leads, or may lead, out of the roots. */
export function outsideError(path: string, reason: string): HarnessError {
  return new HarnessError(`"${path}" ${reason}`, { code: "path_outside" });
}

/** A path where a regular file is needed and something else stands. */
export function notRegularError(path: string, kind: string): HarnessError {
  return new HarnessError(`"${path}" is ${kind}, not a regular file`, { code: "file_not_regular" });
}
