import { isAbsolute } from "node:path";

import picomatch from "picomatch";

import { ConfigError } from "../errors/index.ts";
import { foldAlways } from "./fold-path.ts";

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
  const globs = patterns.flatMap(toGlobs);
  if (globs.length === 0) return () => false;
  const matches = picomatch(globs, { dot: true, nonegate: true, strictSlashes: false });
  return (absolutePath) => matches(foldAlways(absolutePath));
}

function toGlobs(pattern: string): readonly string[] {
  const plain = pattern.replace(/^\.\//u, "").replace(/\/(\*\*)?$/u, "");
  const names = plain.split("/");
  if (plain === "" || plain.startsWith("~") || plain.startsWith("!") || names.includes("..")) {
    throw new ConfigError(
      `The protected path "${pattern}" would protect nothing: name a relative path, which holds at any depth, or an absolute one`,
    );
  }
  const glob = foldAlways(plain);
  const anchored = isAbsolute(plain) || glob.startsWith("**/") ? glob : `**/${glob}`;
  return [anchored, `${anchored}/**`];
}
