export { commandOf } from "./command-of.ts";
export { analyseCommand, MAX_COMMAND_LENGTH } from "./analyse-command.ts";
export {
  commandGlob,
  commandPrefix,
  coversEveryCommand,
  matchAnyCommand,
  sharesBeginning,
  type CommandMatch,
  type CommandPattern,
} from "./match-command.ts";
export { globPrefix, globsMeet, matchGlob } from "./match-glob.ts";
export type {
  CommandSpelling,
  OpaqueReason,
  OpaqueType,
  ShellAnalysis,
  ShellCommand,
  ShellWord,
  ShellWrite,
} from "./shell-analysis.ts";
