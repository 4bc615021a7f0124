import type { SourcePosition } from "../errors/index.ts";
import type { FoundSetting } from "./find-setting.ts";

/** A setting with its value and where it was written. */
export interface LayerEntry extends FoundSetting {
  readonly value: unknown;
  /** As people write it: `router.strategy`. */
  readonly key: string;
  /** A file with its line, or the name of a variable. */
  readonly source: string;
  /** Where in a file; a variable has none. */
  readonly position?: SourcePosition;
}

/** Everything that one place says, by key. */
export type Layer = ReadonlyMap<string, LayerEntry>;
