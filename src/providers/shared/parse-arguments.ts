import type { JsonObject, JsonValue } from "../../spec/index.ts";

/** The arguments of a tool call: parsed, or the text that did not parse. */
export interface ParsedArguments {
  readonly args: JsonValue | undefined;
  readonly invalidArgs?: string;
}

/**
 * Reads the whole text of a call's arguments. No text means no arguments, unless the answer was cut off: then they never
 * came, and the call must not run.
 */
export function parseArguments(text: string, { isCutOff }: { readonly isCutOff: boolean }): ParsedArguments {
  if (text.trim() === "") return isCutOff ? { args: undefined, invalidArgs: text } : { args: {} };
  const args = parseObject(text);
  return args === undefined ? { args: undefined, invalidArgs: text } : { args };
}

/** The text of arguments for a replay: always JSON, since servers that render a template of it refuse anything else. */
export function formatArguments({ args, invalidArgs }: ParsedArguments): string {
  return JSON.stringify(args ?? { invalid_arguments: invalidArgs ?? "" });
}

/** The JSON object that a text holds, or `undefined` when it holds anything else. */
export function parseObject(text: string): JsonObject | undefined {
  try {
    const value: unknown = JSON.parse(text);
    // JSON.parse gives JSON by definition.
    return typeof value === "object" && value !== null && !Array.isArray(value) ? (value as JsonObject) : undefined;
  } catch {
    return undefined;
  }
}
