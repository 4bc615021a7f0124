import { normalize } from "node:path/posix";

import type { OpaqueReason, ShellCommand } from "./shell-analysis.ts";
import { SHELLS } from "./unwrap-shell.ts";

const READING = /^(?:\.|source|python[\d.]*|node|perl|ruby|php|bun|deno|tsx|ts-node|crontab|at)$/;
/** What they write they made out of files that were there. */
const COMPILERS =
  /^(?:gcc|g\+\+|cc|c\+\+|clang(?:\+\+)?|ld|go|rustc|javac|kotlinc|swiftc|tsc|esbuild|ghc|chmod|make|mkdir|touch|rm|git)$/;
/** What a tool runs without its name in the arguments. */
const PROJECT_FILES: ReadonlyMap<string, readonly string[]> = new Map([
  ["make", ["Makefile", "makefile", "GNUmakefile"]],
  ["npm", ["package.json"]],
  ["pnpm", ["package.json"]],
  ["yarn", ["package.json"]],
]);

/** Files that a text writes and then runs: what is in them stands in no command. */
export function writtenCode(commands: readonly ShellCommand[]): readonly OpaqueReason[] {
  const writers = new Map<string, ShellCommand>();
  for (const command of commands) {
    if (COMPILERS.test(command.program ?? "")) continue;
    for (const { target } of command.writes) {
      if (target.type === "literal") writers.set(plainPath(target.text), command);
    }
  }
  if (writers.size === 0) return [];
  const reasons: OpaqueReason[] = [];
  for (const command of commands) {
    const file = filesRun(command).find((path) => {
      const writer = writers.get(plainPath(path));
      return writer !== undefined && writer !== command;
    });
    if (file !== undefined) {
      reasons.push({ type: "deferred_code", message: `${file} is run by the command that writes it` });
    }
  }
  return reasons;
}

function filesRun({ program, words, reads }: ShellCommand): readonly string[] {
  const [first] = words;
  if (program === undefined || first === undefined) return [];
  const own = first.text.includes("/") ? [first.text] : (PROJECT_FILES.get(program) ?? []);
  if (!SHELLS.has(program) && !READING.test(program)) return own;
  return [...own, ...reads.map(({ text }) => text), ...words.slice(1).map(({ text }) => text)];
}

function plainPath(path: string): string {
  return normalize(path).replace(/^\.\//, "");
}
