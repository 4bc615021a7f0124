import type { JsonValue } from "../../spec/index.ts";

/** The arguments of a call: parsed, or the text that did not parse. */
export interface ParsedArguments {
  readonly args: JsonValue | undefined;
  readonly invalidArgs?: string;
}

/**
 * Reads the text of a call's arguments. No text means no arguments, unless the answer was cut off: then it means that
 * they never came, and the call must not run.
 */
export function parseArguments(text: string, options: { readonly isCutOff: boolean }): ParsedArguments {
  if (text.trim() === "") return options.isCutOff ? { args: undefined, invalidArgs: text } : { args: {} };
  const args = parseJson(text);
  const isObject = typeof args === "object" && args !== null && !Array.isArray(args);
  return isObject ? { args } : { args: undefined, invalidArgs: text };
}

/** The text of arguments for a replay: always JSON, since servers that render a template of it refuse anything else. */
export function formatArguments({ args, invalidArgs }: ParsedArguments): string {
  return JSON.stringify(args ?? { invalid_arguments: invalidArgs ?? "" });
}

function parseJson(text: string): JsonValue | undefined {
  try {
    // JSON.parse gives JSON by definition.
    return JSON.parse(text) as JsonValue;
  } catch {
    return undefined;
  }
}
