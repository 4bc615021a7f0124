import { isAbsolute } from "node:path";

import picomatch from "picomatch";

// The file itself: nothing of access to files is needed.
import { literalGlob } from "../files/literal-glob.ts";

/** More could take long to match against long names: each doubles the ways to try. */
const MAX_STARS_OF_A_NAME = 3;
const MAX_GLOBSTARS = 4;
/** Ways to read all braces of a pattern: those of which several fit one name are tried one by one. */
const MAX_CHOICES = 1000;

/** A glob pattern ready for use, or why it cannot be used. */
export type PathPattern =
  | { readonly type: "pattern"; readonly matches: (relativePath: string) => boolean }
  | { readonly type: "problem"; readonly problem: string };

/** Options of `compilePathPattern`. */
export interface PathPatternOptions {
  /** A pattern without "/" is compared with the last name of a path. @default false */
  readonly isForNames?: boolean;
}

/** Compiles a glob pattern for paths below a directory. Names that begin with a dot count like others. */
export function compilePathPattern(pattern: string, { isForNames = false }: PathPatternOptions = {}): PathPattern {
  const plain = pattern.replace(/^(?:\.\/)+/u, "");
  const problem = findProblem(plain);
  if (problem !== undefined) return { type: "problem", problem: `The pattern "${pattern}" ${problem}` };
  const matches = picomatch(literalGlob(plain), {
    dot: true,
    nonegate: true,
    // Nested quantifiers such as +(a+(a)) would take exponential time.
    noextglob: true,
    basename: isForNames && !plain.includes("/"),
  });
  return { type: "pattern", matches: (path) => matches(path) };
}

function findProblem(pattern: string): string | undefined {
  if (pattern === "") return "is empty";
  if (isAbsolute(pattern)) return "is absolute: give the directory as path and a pattern relative to it";
  const names = pattern.split(/[/\\]/u);
  if (names.some((name) => name.replace(/[{},]/gu, " ").split(" ").includes(".."))) {
    return 'must not contain "..": give the directory as path';
  }
  const globstars = names.filter((name) => name === "**").length;
  const isHeavy = names.some((name) => name !== "**" && (name.match(/\*+/gu) ?? []).length > MAX_STARS_OF_A_NAME);
  if (globstars > MAX_GLOBSTARS || isHeavy)
    return `has too many wildcards (at most ${MAX_STARS_OF_A_NAME} "*" in a name, ${MAX_GLOBSTARS} "**")`;
  if (countChoices(pattern) > MAX_CHOICES) return "has too many alternatives in braces: search in several steps";
  return undefined;
}

/** In how many ways the braces of a pattern can be read, at most. */
function countChoices(pattern: string): number {
  let choices = 1;
  const open: number[] = [];
  for (const character of pattern.replace(/\\./gsu, "")) {
    if (character === "{") open.push(1);
    else if (character === "," && open.length > 0) open.push((open.pop() ?? 0) + 1);
    else if (character === "}") choices *= open.pop() ?? 1;
  }
  return choices;
}
