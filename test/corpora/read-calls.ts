import { readFileSync } from "node:fs";

import type { JsonObject } from "../../src/spec/index.ts";

/** One line of a corpus of calls. README.md beside this file says what the fields mean. */
export interface CorpusCall {
  readonly id: string;
  readonly expect: "deny" | "stop" | "allow";
  readonly tool: string;
  readonly args: JsonObject;
  readonly ranInBash: boolean;
}

/** Reads a corpus of this folder: `commands/evasions`. */
export function readCalls(name: string): readonly CorpusCall[] {
  const text = readFileSync(new URL(`./${name}.jsonl`, import.meta.url), "utf8");
  return text
    .trim()
    .split("\n")
    .map((line) => {
      // The files are ours, and the test of their form reads every line.
      const entry = JSON.parse(line) as Partial<CorpusCall> & { readonly parts?: readonly Part[] };
      const { id = "", expect = "deny", tool = "", args, parts, ranInBash = false } = entry;
      return { id, expect, tool, ranInBash, args: args ?? { command: joinParts(parts ?? []) } };
    });
}

/** Long commands are written as parts, some of which are repeated. */
type Part = string | { readonly repeat: number; readonly text: string };

function joinParts(parts: readonly Part[]): string {
  return parts.map((part) => (typeof part === "string" ? part : part.text.repeat(part.repeat))).join("");
}
