import { analyseCommand, type ShellCommand } from "../shell/index.ts";

/** The simple commands that a shell text runs, quotes and wrappers taken away, and what of it nobody can know. */
export function explainCommand(command: string): readonly string[] {
  const { commands, opaque } = analyseCommand(command);
  return [...commands.map(describeCommand), ...opaque.map(({ message }) => `not known: ${message}`)];
}

function describeCommand({ text, wrappers, writes }: ShellCommand): string {
  const by = wrappers.length === 0 ? "" : ` (by ${wrappers.join(", ")})`;
  const written = writes.length === 0 ? "" : ` (writes ${writes.map(({ target }) => target.text).join(", ")})`;
  return `${text}${by}${written}`;
}
