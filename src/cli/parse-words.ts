import { parseArgs, type ParseArgsOptionsConfig } from "node:util";

import { UsageError } from "./usage-error.ts";

/** The options and words of an action, as `parseArgs` gives them. */
export type ParsedWords<Options extends ParseArgsOptionsConfig> = {
  readonly values: ReturnType<typeof parseArgs<{ options: Options; allowPositionals: true }>>["values"];
  readonly words: readonly string[];
};

/** Reads an action's arguments: its options, and exactly the words it names ("ID TITLE"). Throws a `UsageError`. */
export function parseWords<const Options extends ParseArgsOptionsConfig>(
  args: readonly string[],
  { command, names, options }: { readonly command: string; readonly names: string; readonly options: Options },
): ParsedWords<Options> {
  let parsed: ReturnType<typeof parseArgs<{ options: Options; allowPositionals: true }>>;
  try {
    parsed = parseArgs({ args: [...args], options, allowPositionals: true });
  } catch (error) {
    throw new UsageError(error instanceof Error ? error.message : String(error));
  }
  const wanted = names === "" ? 0 : names.split(" ").length;
  if (parsed.positionals.length !== wanted) {
    throw new UsageError(`harness ${command} takes ${names === "" ? "no words" : names} here`);
  }
  return { values: parsed.values, words: parsed.positionals };
}
