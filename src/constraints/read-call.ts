import type { CheckScope, JsonValue, PreparedCall } from "../spec/index.ts";
import { analyseCommand, commandOf } from "../shell/index.ts";
import type { ConstrainedCall, WrittenText } from "./constraint-rule.ts";

/** Arguments that hold what is written, and whether that is all of the file. */
const CONTENT: ReadonlyMap<string, boolean> = new Map([
  ["content", true],
  ["text", true],
  ["data", true],
  ["new_string", false],
  ["new_source", false],
  ["patch", false],
]);
const PATHS = ["file_path", "path", "notebook_path", "filename"];
const NETWORK = new Set(
  "curl wget http https xh nc ncat netcat socat ssh scp sftp rsync rclone ftp telnet mail sendmail mutt gh glab aws gcloud az gsutil s3cmd".split(
    " ",
  ),
);
const MAX_DEPTH = 20;

/** What rules need to know of a call. */
export function readCall(call: PreparedCall, scope: CheckScope): ConstrainedCall {
  const { tool, args } = call;
  const texts: string[] = [];
  collectTexts(args, texts, 0);
  const command = commandOf(args);
  const written = tool.effect === "read" ? [] : writtenTexts(args);
  return {
    call,
    args,
    sendsOut: tool.sendsOut ?? (tool.effect === "network" || tool.effect === "agent" || sendsByCommand(command)),
    written: command !== undefined && tool.effect === "execute" ? [...written, ...writtenByCommand(command)] : written,
    texts,
    scope,
  };
}

function writtenTexts(args: ConstrainedCall["args"]): readonly WrittenText[] {
  const path = PATHS.map((name) => args[name]).find((value) => typeof value === "string");
  return Object.entries(args).flatMap(([name, value]) => {
    const isWhole = CONTENT.get(name);
    if (typeof value !== "string" || isWhole === undefined) return [];
    return [{ text: value, path: typeof path === "string" ? path : undefined, isWhole }];
  });
}

/** A command that writes files says in its own text what it writes: `echo … > file`, `cat <<EOF > file`. */
function writtenByCommand(command: string): readonly WrittenText[] {
  const targets = analyseCommand(command).commands.flatMap(({ writes }) => writes);
  const [first] = targets;
  if (first === undefined) return [];
  return [{ text: command, path: first.target.type === "literal" ? first.target.text : undefined, isWhole: false }];
}

function sendsByCommand(command: string | undefined): boolean {
  if (command === undefined) return false;
  const { commands, opaque } = analyseCommand(command);
  return (
    opaque.length > 0 ||
    commands.some(
      ({ program, words }) =>
        program === undefined ||
        NETWORK.has(program) ||
        (program === "git" && words.some(({ text }) => text === "push")),
    )
  );
}

function collectTexts(value: JsonValue, texts: string[], depth: number): void {
  if (typeof value === "string") texts.push(value);
  else if (typeof value === "object" && value !== null && depth < MAX_DEPTH) {
    for (const item of Object.values(value)) collectTexts(item, texts, depth + 1);
  }
}
