import { isAbsolute } from "node:path";

import picomatch from "picomatch";

import { ConfigError } from "../errors/index.ts";
import { foldAlways } from "./fold-path.ts";
import { literalGlob } from "./literal-glob.ts";

/**
 * What tools may read but never write, wherever it stands below the roots: what would let them rule themselves
 * (policy, configuration, audit log, sessions, checkpoints of Harness) and what runs code on its own (git's hooks and
 * configuration, shell start files, editor tasks). Extend it with `[...DEFAULT_PROTECTED_PATHS, "more"]`.
 */
export const DEFAULT_PROTECTED_PATHS: readonly string[] = Object.freeze([
  ".harness",
  // All of it: `.git/config` and `.git/hooks` run commands, and so do info/attributes, modules and worktrees. A file
  // `.git` may point to a prepared directory.
  ".git",
  ".gitconfig",
  ".gitmodules",
  ".bashrc",
  ".bash_profile",
  ".bash_login",
  ".bash_logout",
  ".bash_aliases",
  ".profile",
  ".zshrc",
  ".zshenv",
  ".zprofile",
  ".zlogin",
  ".zlogout",
  ".kshrc",
  ".cshrc",
  ".tcshrc",
  ".config/fish",
  ".config/git",
  ".envrc",
  ".ssh",
  ".ripgreprc",
  ".mcp.json",
  ".vscode",
  ".idea",
]);

/**
 * Makes the question whether an absolute path is protected. A pattern means a path and everything below it: a relative
 * one at any depth, an absolute one there only; globs are allowed. Names count in any case, so that a file system
 * without case can't be used to get around it.
 * Throws a `ConfigError` for a pattern that could never match.
 */
export function createProtection(patterns: readonly string[]): (absolutePath: string) => boolean {
  const folded = patterns.map(foldPattern);
  const isNamed = findNames(folded.filter(isPlain));
  const globs = folded.filter((pattern) => !isPlain(pattern)).flatMap(toGlobs);
  const matches =
    globs.length === 0 ? undefined : picomatch(globs, { dot: true, nonegate: true, strictSlashes: false });
  return (absolutePath) => {
    const path = foldAlways(absolutePath);
    return isNamed(path) || matches?.(path) === true;
  };
}

/** In one spelling, without empty names and ".". */
function foldPattern(pattern: string): string {
  const folded = foldAlways(pattern.replace(/\/\*\*$/u, ""));
  const names = folded.split("/").filter((name) => name !== "" && name !== ".");
  if (names.length === 0 || folded.startsWith("~") || folded.startsWith("!") || names.includes("..")) {
    throw new ConfigError(
      `The protected path "${pattern}" would protect nothing: name a relative path, which holds at any depth, or an absolute one`,
    );
  }
  return `${folded.startsWith("/") ? "/" : ""}${names.join("/")}`;
}

function isPlain(pattern: string): boolean {
  return !/[*?[\](){}!+@|]/u.test(pattern);
}

/** Names are looked up: most protections have no globs, and compiling one is dear. */
function findNames(patterns: readonly string[]): (path: string) => boolean {
  const [absolute, relative] = [patterns.filter((one) => isAbsolute(one)), patterns.filter((one) => !isAbsolute(one))];
  const names = new Set(relative.filter((one) => !one.includes("/")));
  const longer = relative.filter((one) => one.includes("/"));
  return (path) =>
    path.split("/").some((name) => names.has(name)) ||
    longer.some((one) => `/${path}/`.includes(`/${one}/`)) ||
    absolute.some((one) => path === one || path.startsWith(`${one}/`));
}

function toGlobs(pattern: string): readonly string[] {
  const anchored = isAbsolute(pattern) || pattern.startsWith("**/") ? pattern : `**/${pattern}`;
  const readings = new Set([anchored, literalGlob(anchored)]);
  return [...readings].flatMap((reading) => [reading, `${reading}/**`]);
}
