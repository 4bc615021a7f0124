/**
 * The port to files that a tool may touch. Every path is resolved against `cwd` and opened without a race: what is
 * outside the roots cannot be reached, also not by symlinks, `..` or a directory replaced meanwhile.
 * Methods throw a `HarnessError` with code "path_outside", "path_protected" or the system's error.
 */
export interface Files {
  readonly cwd: string;
  /** Absolute real paths of the directories that may be read. */
  readonly roots: readonly string[];
  /** The absolute path that `path` means. Throws when it leaves the roots. */
  resolve(path: string): Promise<string>;
  /** Reads at most `maxBytes` from `offset` on. Refuses what is not a regular file. */
  read(path: string, options?: ReadFileOptions): Promise<FileContent>;
  /** Writes the whole file atomically (temporary file, sync, rename) and keeps its mode. Makes parent directories. */
  write(path: string, data: string | Uint8Array, options?: WriteFileOptions): Promise<FileState>;
  stat(path: string): Promise<FileState | undefined>;
  /** The entries of a directory, in no order. Links are told as links, never followed. */
  list(path: string): Promise<readonly DirectoryEntry[]>;
  remove(path: string): Promise<void>;
}

/** A name in a directory. */
export interface DirectoryEntry {
  readonly name: string;
  readonly type: "file" | "directory" | "link" | "other";
}

/** Which part of a file to read. */
export interface ReadFileOptions {
  /** @default 0 */
  readonly offset?: number;
  /** Bytes. @default 10 MiB */
  readonly maxBytes?: number;
  readonly signal?: AbortSignal;
}

/** How to write a file. */
export interface WriteFileOptions {
  /** Refuse to write when the file is not in this state any more; `null` = it must not exist. Throws code "file_changed". */
  readonly expect?: FileState | null;
}

/** What was read. */
export interface FileContent {
  readonly bytes: Uint8Array;
  readonly state: FileState;
  readonly isTruncated: boolean;
}

/** Enough of a file's state to see that it changed. */
export interface FileState {
  /** Absolute path as opened. */
  readonly path: string;
  readonly size: number;
  readonly mtimeMs: number;
  readonly ino: number;
  readonly mode: number;
  /** Number of hard links; above 1 a write would change another name's file too. */
  readonly links: number;
}
