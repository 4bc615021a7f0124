import type { ApprovalQuestion, JsonObject, JsonValue } from "../spec/index.ts";
import { diffLines } from "./line-diff.ts";
import { escapeControls } from "./escape-controls.ts";

/** What a description may look up. */
export interface DescribeOptions {
  /** The text of the file that a call would change, for the diff; `undefined` when there is none. @default no look */
  readonly readFile?: (path: string) => string | undefined;
  /** The commands that a shell text would really run, one a line. @default only the text */
  readonly explainCommand?: (command: string) => readonly string[];
}

/**
 * A question as text for people: who wants what, with which arguments, what it changes, why it is asked, and what the
 * agent has read before. Safe to show: everything that comes from a model or a file is made visible.
 */
export function describeQuestion(question: ApprovalQuestion, options: DescribeOptions = {}): string {
  const { name, args, reason, risk, riskReasons, agent, labels, proposedRule } = question;
  const change = describeChange(args, options);
  const hidden = new Set(change === undefined ? [] : ["old_string", "new_string", "content"]);
  const lines = [
    `${escapeControls(name)} (risk: ${risk}, agent: ${escapeControls(agent)})`,
    ...Object.entries(args)
      .filter(([key]) => !hidden.has(key))
      .map(([key, value]) => `  ${escapeControls(key)}: ${showValue(value)}`),
    ...(change ?? []).map((line) => `  ${line}`),
    ...explain(args, options),
    escapeControls(reason),
    ...(riskReasons.length === 0 ? [] : [`  ${riskReasons.map(escapeControls).join("; ")}`]),
    ...describeLabels(labels),
    ...(proposedRule === undefined ? [] : [`"Always" would write the rule: ${escapeControls(proposedRule)}`]),
  ];
  return lines.join("\n");
}

function showValue(value: JsonValue): string {
  return escapeControls(typeof value === "string" ? value : JSON.stringify(value));
}

/** What would change in a file, where the arguments say so. */
function describeChange(args: JsonObject, { readFile }: DescribeOptions): readonly string[] | undefined {
  const { old_string: old, new_string: now, content, file_path: path } = args;
  if (typeof old === "string" && typeof now === "string") return diffLines(old, now).map(showLine);
  if (typeof content !== "string" || typeof path !== "string" || readFile === undefined) return undefined;
  const before = readFile(path);
  if (before === undefined) return ["(a new file)", ...content.split("\n").map((line) => showLine(`+${line}`))];
  const lines = diffLines(before, content);
  return lines.length === 0 ? ["(the file stays as it is)"] : lines.map(showLine);
}

function showLine(line: string): string {
  return escapeControls(line);
}

function explain({ command }: JsonObject, { explainCommand }: DescribeOptions): readonly string[] {
  if (typeof command !== "string" || explainCommand === undefined) return [];
  return explainCommand(command).map((line) => `  runs: ${escapeControls(line)}`);
}

function describeLabels({ isTainted, hasPrivateData, sources }: ApprovalQuestion["labels"]): readonly string[] {
  const of = (kind: string): string => {
    const first = sources.find((source) => source.kind === kind);
    return first === undefined ? "" : ` (${escapeControls(`${first.tool} ${first.origin ?? ""}`.trim())})`;
  };
  return [
    ...(isTainted ? [`The agent has read content from outside${of("untrusted")}`] : []),
    ...(hasPrivateData ? [`The agent has read private data${of("private")}`] : []),
  ];
}
