import { homedir } from "node:os";
import { isAbsolute, relative, resolve, sep } from "node:path";

import { realPath } from "./real-path.ts";

/** One place where a path leads, with `/` between names on every system. */
export interface PathPlace {
  readonly absolute: string;
  /** From `cwd`; `undefined` for a place outside of it, "" for `cwd` itself. */
  readonly relative: string | undefined;
}

/** What a path means. */
export interface PathForms {
  /** Every way to name the file, as written and resolved: a denial that matches one of them counts. */
  readonly names: readonly string[];
  /**
   * Where it leads by its text and, where that differs, by its symbolic links: an allowance must cover each.
   * `undefined` when that cannot be found out.
   */
  readonly places: readonly PathPlace[] | undefined;
}

/** How paths are read. */
export interface PathOptions {
  readonly cwd: string;
  /** What `~` stands for. @default the user's home */
  readonly home?: string;
  /** Follows symbolic links of an absolute path as far as it exists; `undefined` when that fails. @default asks the file system */
  readonly realpath?: (path: string) => string | undefined;
}

/** Reads a path in every form in which a rule may name it. */
export function pathForms(path: string, options: PathOptions): PathForms {
  const { cwd, home = homedir(), realpath = realPath } = options;
  const lexical = resolve(cwd, path);
  const named = (place: PathPlace): readonly string[] => [...namesOf(place), ...homeNamesOf(place, home)];
  const names = [path, ...named(placeOf(lexical, cwd))];
  if (/^~(?:$|[/\\])/.test(path)) {
    const expanded = resolve(home, `.${path.slice(1)}`);
    return { names: unique([...names, ...named(placeOf(expanded, cwd))]), places: undefined };
  }
  const real = realpath(lexical);
  const realCwd = realpath(cwd);
  if (real === undefined || realCwd === undefined) return { names: unique(names), places: undefined };
  const places = [placeOf(lexical, cwd)];
  if (real !== lexical) places.push(placeOf(real, realCwd));
  if (/(?:^|[/\\])\.\.(?:[/\\]|$)/.test(path)) {
    // To the system ".." is the folder above where a link leads, not the one in which the link lies.
    const physical = realpath(isAbsolute(path) ? path : `${cwd}${sep}${path}`);
    if (physical === undefined) return { names: unique([...names, ...places.flatMap(named)]), places: undefined };
    if (physical !== real) places.push(placeOf(physical, realCwd));
  }
  return { names: unique([...names, ...places.flatMap(named)]), places };
}

function placeOf(path: string, cwd: string): PathPlace {
  const way = relative(cwd, path);
  const isInside = !isAbsolute(way) && way !== ".." && !way.startsWith(`..${sep}`);
  return { absolute: withSlashes(path), relative: isInside ? withSlashes(way) : undefined };
}

function namesOf({ absolute, relative: inside }: PathPlace): readonly string[] {
  return inside === undefined || inside === "" ? [absolute] : [absolute, inside];
}

/** As people write a place below their home in a rule. */
function homeNamesOf({ absolute }: PathPlace, home: string): readonly string[] {
  const way = relative(home, absolute);
  const isBelow = way !== "" && !isAbsolute(way) && way !== ".." && !way.startsWith(`..${sep}`);
  return isBelow ? [`~/${withSlashes(way)}`] : [];
}

function withSlashes(path: string): string {
  return sep === "/" ? path : path.replaceAll(sep, "/");
}

/** Without what stands twice. Composed letters (NFC) too: macOS takes both spellings for one file. */
function unique(values: readonly string[]): readonly string[] {
  return [...new Set(values.flatMap((value) => (isAscii(value) ? [value] : [value, value.normalize("NFC")])))];
}

function isAscii(value: string): boolean {
  return /^[\0-\x7f]*$/.test(value);
}
