import { describeError } from "../errors/index.ts";
import { parseInput, type ParsedInput } from "../schema/index.ts";
import type { JsonObject, Tool } from "../spec/index.ts";
import { freezeJson, isJsonObject } from "./freeze-json.ts";

/** What a schema made of arguments, and the arguments as they will be judged. */
export type ParsedArgs =
  | { readonly isValid: true; readonly args: JsonObject; readonly input: unknown }
  | { readonly isValid: false; readonly problem: string };

/** Parses arguments, whoever they come from: the model, a hook, a person who changed them. */
export function parseArgs(tool: Tool, args: JsonObject): ParsedArgs | Promise<ParsedArgs> {
  try {
    const parsing = parseInput(tool.input, args);
    if (!(parsing instanceof Promise)) return toArgs(parsing, args);
    return parsing.then((parsed) => toArgs(parsed, args)).catch(explain);
  } catch (error) {
    return explain(error);
  }
}

function toArgs(parsed: ParsedInput<unknown>, args: JsonObject): ParsedArgs {
  if (!parsed.isValid) return parsed;
  // What the tool will get is what is judged: a schema that trims or drops must not hide anything from a check.
  const judged = isJsonObject(parsed.value) ? parsed.value : args;
  return { isValid: true, args: freezeJson(judged), input: parsed.value };
}

function explain(error: unknown): ParsedArgs {
  return { isValid: false, problem: `the schema failed: ${describeError(error)}` };
}
