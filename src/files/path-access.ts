import type { Stats } from "node:fs";
import type { FileHandle } from "node:fs/promises";

/**
 * How paths become files. An implementation tells where a path really leads and keeps hold of that very file or
 * directory, so that what was checked is what is used.
 */
export interface PathAccess {
  /** Follows a path to its end without opening what stands there. Throws the system's error. */
  locate(path: string): Promise<LocatedPath>;
  /** Holds the directory that a path leads to. */
  pin(path: string): Promise<PinnedDirectory>;
}

/** What a path leads to, held. */
export interface LocatedPath extends AsyncDisposable {
  readonly realPath: string;
  readonly stats: Stats;
  /** Opens this very file for reading. Whoever calls closes the handle. */
  openForReading(): Promise<FileHandle>;
}

/** A directory, held: its entries are reached through it, whatever happens to its path meanwhile. */
export interface PinnedDirectory extends AsyncDisposable {
  readonly realPath: string;
  /** A path that leads to an entry of this directory. */
  entry(name: string): string;
  /** Holds a subdirectory. Throws when the name is a symbolic link. */
  enter(name: string): Promise<PinnedDirectory>;
  /** Throws code "path_outside" when the directory was replaced, where that could matter. */
  verify(): Promise<void>;
}
