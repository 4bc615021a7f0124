import { resolve } from "node:path";

import { createProtection, DEFAULT_PROTECTED_PATHS } from "../files/protected-paths.ts";
import { pathForms, type PathOptions } from "../paths/index.ts";
import { analyseCommand, commandOf } from "../shell/index.ts";
import type { JsonObject, Tool } from "../spec/index.ts";

/** What a protection is made from. */
export interface ProtectedWritesOptions extends Omit<PathOptions, "cwd"> {
  /** Files that no tool and no command may write, besides the built-in list. */
  readonly protectedPaths?: readonly string[];
}

/** A call that may write. */
export interface WritingCall {
  readonly tool: Tool;
  readonly args: JsonObject;
  readonly cwd: string;
}

/** Commands of git itself write into `.git`; what runs code from there is what nobody else may write. */
const FOR_COMMANDS = [".git/hooks", ".git/config", ".git/info/attributes", ".git/modules"];
const NOT_FOR_COMMANDS = new Set([".git", ".vscode", ".idea"]);

/**
 * Makes the question which protected file a call would write: the policy, configuration, hooks, audit log and sessions of
 * Harness, git's hooks, shell start files. The answer is its path as the call names it.
 */
export function createProtectedWrites(options: ProtectedWritesOptions = {}): (call: WritingCall) => string | undefined {
  const { protectedPaths = [], ...paths } = options;
  const forTools = createProtection([...DEFAULT_PROTECTED_PATHS, ...protectedPaths]);
  const ofCommands = DEFAULT_PROTECTED_PATHS.filter((path) => !NOT_FOR_COMMANDS.has(path));
  const forCommands = createProtection([...ofCommands, ...FOR_COMMANDS, ...protectedPaths]);
  const find = (path: string, cwds: readonly string[], isProtected: (path: string) => boolean): boolean =>
    cwds.some((cwd) => {
      const { names, places } = pathForms(path, { ...paths, cwd });
      const absolute = [...names.map((name) => resolve(cwd, name)), ...(places ?? []).map((place) => place.absolute)];
      return absolute.some(isProtected);
    });
  return ({ tool, args, cwd }) => {
    if (tool.effect === "write") {
      const found = writtenPaths(tool, args).find((path) => find(path, [cwd], forTools));
      if (found !== undefined) return found;
    }
    const command = commandOf(args);
    if (command === undefined || tool.effect === "read") return undefined;
    const { commands, directories } = analyseCommand(command);
    // Where `cd` goes, a relative path may be meant from there.
    const cwds = [cwd, ...directories.map(({ text }) => resolve(cwd, text))];
    return commands
      .flatMap(({ writes }) => writes)
      .filter(({ target }) => target.type !== "dynamic")
      .map(({ target }) => target.text)
      .find((path) => find(path, cwds, forCommands));
  };
}

function writtenPaths(tool: Tool, args: JsonObject): readonly string[] {
  const names = new Set(["file_path", "path", "notebook_path", ...(tool.pathArgs ?? [])]);
  return [...names].flatMap((name) => {
    const value = Object.hasOwn(args, name) ? args[name] : undefined;
    return (Array.isArray(value) ? value : [value]).filter((path): path is string => typeof path === "string");
  });
}
