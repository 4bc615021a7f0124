import type { JsonObject, JsonValue } from "../spec/index.ts";

const COMMAND_ARGUMENTS = ["command", "cmd", "shell_command", "command_line", "commandLine"];

/** The command that a call would run, as text for a shell; a list of arguments never meets one and is quoted for it. */
export function commandOf(args: JsonObject): string | undefined {
  const name = COMMAND_ARGUMENTS.find((one) => Object.hasOwn(args, one));
  const command = name === undefined ? undefined : args[name];
  const rest = Object.hasOwn(args, "args") && Array.isArray(args["args"]) ? args["args"] : [];
  // Quoted, each of them stays one word.
  if (typeof command === "string") return [command, ...rest.map(quote)].join(" ");
  return Array.isArray(command) ? [...command, ...rest].map(quote).join(" ") : undefined;
}

function quote(word: JsonValue): string {
  return `'${(typeof word === "string" ? word : JSON.stringify(word)).replaceAll("'", "'\\''")}'`;
}
