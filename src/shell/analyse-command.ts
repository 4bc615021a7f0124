import { crudeCommands } from "./crude-commands.ts";
import type { ShellAnalysis, ShellCommand } from "./shell-analysis.ts";
import type { Walk } from "./walk.ts";
import { respellRemovals } from "./spell-command.ts";
import { writtenCode } from "./written-code.ts";
import { walkScript } from "./walk-script.ts";

/** Longer commands are not parsed: parsers of shell are quadratic in hostile input. Characters. */
export const MAX_COMMAND_LENGTH = 8192;

/** More substitutions than this are not parsed, for the same reason. */
const MAX_SUBSTITUTIONS = 100;

/**
 * Finds every simple command that a text would run under bash: in lists, pipelines, loops, functions, substitutions,
 * here-documents, and behind programs that run others (`sudo`, `env`, `xargs`, `find -exec`, `bash -c`, `eval` …).
 * Whatever cannot be known from the text stands in `opaque`; so do texts that are too long or don't parse, of which
 * `commands` then holds only a rough reading. Never throws.
 *
 * It explains and denies early; it is not a boundary. A program may always do more than its arguments tell: that is
 * what the sandbox is for.
 *
 * @example
 * analyseCommand("cd /tmp && FOO=1 sudo c'u'rl x").commands.map((command) => command.text);
 * // ["cd /tmp", "FOO=1 sudo curl x", "curl x"]
 */
export function analyseCommand(text: string): ShellAnalysis {
  if (last?.text !== text) last = { text, analysis: analyse(text) };
  return last.analysis;
}

/** The text that was read last: every question of the gate about one call reads the same one. It changes no answer. */
let last: { readonly text: string; readonly analysis: ShellAnalysis } | undefined;

function analyse(text: string): ShellAnalysis {
  // Bash leaves NUL characters out, wherever they stand.
  const source = text.replaceAll("\0", "").trim();
  const walk: Walk = { source, commands: [], opaque: [], directories: [], pending: [] };
  if (text.includes("\0")) walk.opaque.push({ type: "syntax", message: "the text holds NUL characters" });
  if (source.length > MAX_COMMAND_LENGTH) {
    walk.opaque.push({ type: "too_long", message: `longer than ${MAX_COMMAND_LENGTH} characters` });
  } else if ((source.match(/\$[({[]|`|[<>]\(/g)?.length ?? 0) > MAX_SUBSTITUTIONS) {
    walk.opaque.push({ type: "nesting", message: `more than ${MAX_SUBSTITUTIONS} substitutions` });
  } else {
    try {
      walkScript(source, walk);
    } catch {
      // The parser recurses: hostile nesting overflows its stack.
      walk.opaque.push({ type: "syntax", message: "the shell text does not parse" });
    }
  }
  if (/\/dev\/(?:tcp|udp)\//.test(source)) {
    walk.opaque.push({ type: "network", message: "the shell opens a network connection for such a name" });
  }
  walk.opaque.push(...writtenCode(walk.commands));
  const isRough = walk.opaque.some(({ type }) => type === "too_long" || type === "syntax" || type === "nesting");
  const { opaque, directories } = walk;
  const commands = respellRemovals(withoutRepeats(walk.commands), directories);
  return { source, commands: isRough ? [...commands, ...crudeCommands(source)] : commands, opaque, directories };
}

const MANY = 50;

/** A text that says the same many times is judged once. */
function withoutRepeats(commands: readonly ShellCommand[]): readonly ShellCommand[] {
  if (commands.length < MANY) return commands;
  const keyOf = ({ text, writes }: ShellCommand): string =>
    [text, ...writes.map(({ target }) => target.text)].join("\0");
  return [...new Map(commands.map((command) => [keyOf(command), command])).values()];
}
