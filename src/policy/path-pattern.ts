import { resolve } from "node:path";
import picomatch from "picomatch";
import { RE2JS } from "re2js";

import { literalGlob } from "../files/literal-glob.ts";
import type { PathPlace } from "../paths/index.ts";
import { globsMeet } from "../shell/index.ts";

/** A pattern for paths. */
export interface PathPattern {
  /** Whether a denial that carries the pattern means a file of this name. */
  matches(name: string): boolean;
  /** Whether a file that a name pattern of the shell stands for could be meant; `true` when in doubt. */
  meets(glob: string): boolean;
  /** Whether an allowance that carries the pattern means this place. */
  covers(place: PathPlace): boolean;
}

/** How patterns for paths are compiled. */
export interface PathPatternOptions {
  readonly home: string;
}

/**
 * A regular expression that is searched in the path. For an allowance it must stand at the beginning of the absolute
 * path, or anywhere in the path from `cwd` when the file lies below: otherwise `src/.*` would allow `/other/src/x`.
 */
export function pathRegex(given: string): PathPattern {
  const pattern = given.normalize("NFC");
  RE2JS.compile(pattern);
  const loose = RE2JS.compile(pattern, RE2JS.DOTALL | RE2JS.CASE_INSENSITIVE);
  const exact = RE2JS.compile(pattern, RE2JS.DOTALL);
  const begins = RE2JS.compile(`\\A(?:${pattern})`, RE2JS.DOTALL);
  const isAnchored = /\^|\\A/.test(pattern);
  return {
    matches: (name) => loose.test(name),
    meets: () => true,
    covers: ({ absolute, relative }) =>
      begins.test(absolute) ||
      (relative !== undefined && (exact.test(relative) || (!isAnchored && exact.test(`/${relative}`)))),
  };
}

/**
 * A glob. One without `/` means the file's own name, in any folder; a relative one means the path from `cwd`. An
 * allowance reaches outside of `cwd` only with an absolute glob.
 */
export function pathGlob(glob: string, { home }: PathPatternOptions): PathPattern {
  if (glob.startsWith("!")) throw new SyntaxError('A glob cannot begin with "!": use not_path_matches');
  const full = expandGlob(glob.normalize("NFC"), home);
  const options = { dot: true, basename: !full.includes("/"), noext: true, nonegate: true };
  const literal = literalGlob(full);
  const exact = picomatch(literal, options);
  // As a group of alternatives too: a denial that was meant so must hold. Denials ignore case on every system: projects
  // move between them, and folders of one kind can lie within another.
  const loose = picomatch(full === literal ? full : [full, literal], { ...options, nocase: true });
  const isAbsolute = /^(?:\/|[a-zA-Z]:\/)/.test(full);
  return {
    matches: (name) => loose(name),
    meets: (other) => meetsGlob(full, other),
    covers: ({ absolute, relative }) => {
      if (isAbsolute) return exact(absolute);
      if (relative === "") return full === "*" || full === "**" || full === ".";
      return relative !== undefined && exact(relative);
    },
  };
}

/** One of several patterns. */
export function anyPathPattern(patterns: readonly PathPattern[]): PathPattern {
  const [only] = patterns;
  if (only !== undefined && patterns.length === 1) return only;
  return {
    matches: (name) => patterns.some((pattern) => pattern.matches(name)),
    meets: (glob) => patterns.some((pattern) => pattern.meets(glob)),
    covers: (place) => patterns.some((pattern) => pattern.covers(place)),
  };
}

/**
 * A glob of a rule without `/` means names, so only the last name of the shell's pattern counts. A `*` of the shell does
 * not stand for a name that begins with a dot.
 */
function meetsGlob(glob: string, shellGlob: string): boolean {
  const isName = !glob.includes("/");
  if (!isName && glob.startsWith("/") !== shellGlob.startsWith("/")) return false;
  const other = isName ? shellGlob.slice(shellGlob.lastIndexOf("/") + 1) : shellGlob;
  if (isName && glob.startsWith(".") && /^[*?[]/.test(other)) return false;
  return globsMeet(glob.toLowerCase().replaceAll(/\*+/g, "*"), other.toLowerCase());
}

function expandGlob(glob: string, home: string): string {
  let full = glob.startsWith("~/") ? resolve(home).replaceAll("\\", "/") + glob.slice(1) : glob;
  while (full.startsWith("./")) full = full.slice(2);
  return full.length > 1 && full.endsWith("/") ? `${full}**` : full;
}
