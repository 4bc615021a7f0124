import { suggestName } from "../errors/index.ts";
import type { CliContext } from "./cli-context.ts";
import { UsageError } from "./usage-error.ts";

/** A command of the program: `harness NAME …`. Gets the arguments after its name and gives the exit code. */
export type Command = (args: readonly string[], context: CliContext) => Promise<number>;

/** Runs one of a command's actions, `harness COMMAND ACTION …`. Throws a `UsageError` for an action that is not known. */
export async function runAction(
  command: string,
  actions: ReadonlyMap<string, Command>,
  { args, context }: { readonly args: readonly string[]; readonly context: CliContext },
): Promise<number> {
  const [name, ...rest] = args;
  const names = [...actions.keys()];
  const action = name === undefined ? undefined : actions.get(name);
  if (action !== undefined) return await action(rest, context);
  const problem = name === undefined ? `harness ${command} needs an action` : `harness ${command} has no "${name}"`;
  throw new UsageError(`${problem}: ${names.join(", ")}.${name === undefined ? "" : suggestName(name, names)}`);
}
