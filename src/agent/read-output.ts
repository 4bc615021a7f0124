import { parseInput } from "../schema/index.ts";
import type { OutputSpec } from "./agent-run.ts";

/** The structured output of a run, or what is wrong with it. */
export type ReadOutput =
  { readonly isValid: true; readonly value: unknown } | { readonly isValid: false; readonly problem: string };

/** Parses and validates the text that should be the structured output; a fence of Markdown around it is taken off. */
export async function readOutput(text: string, { schema }: OutputSpec): Promise<ReadOutput> {
  const fenced = /^\s*```(?:json)?\s*\n([\s\S]*?)\n\s*```\s*$/.exec(text);
  let value: unknown;
  try {
    value = JSON.parse(fenced?.[1] ?? text);
  } catch {
    return { isValid: false, problem: "the answer is not JSON" };
  }
  return await parseInput(schema, value);
}
