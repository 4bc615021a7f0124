import { isSameState } from "../files/index.ts";
import type { FileState } from "../spec/index.ts";

/** Which files the model has seen, and in which state: nothing it has not seen is overwritten. */
export interface FileTracker {
  /** The model knows the file in this state now. */
  see(state: FileState): void;
  /** The state in which the model knows the file at a real path. */
  seen(realPath: string): FileState | undefined;
  /** Whether the file is another than the one that the model knows. False for one that it never saw. */
  hasChanged(state: FileState): boolean;
}

/** Makes the tracker of a session. */
export function createFileTracker(): FileTracker {
  const states = new Map<string, FileState>();
  return {
    see: (state) => void states.set(state.path, state),
    seen: (realPath) => states.get(realPath),
    hasChanged(state) {
      const known = states.get(state.path);
      return known !== undefined && !isSameState(known, state);
    },
  };
}
