import type { ModelRequest, UserMessage } from "../spec/index.ts";

/** What counts as a simple task. Every limit may be changed; a sign that reaches its limit makes a task demanding. */
export interface SimpleTaskRules {
  /** Characters of the prompt. @default 600 */
  readonly maxCharacters?: number;
  /** Steps that the prompt lists or chains ("then", "after that", bullets, numbers). @default 2 */
  readonly maxSteps?: number;
  /** Files that it names. @default 2 */
  readonly maxFiles?: number;
  /** Kinds of work with tools that it asks for (write, run, install, test …). @default 2 */
  readonly maxToolWords?: number;
  /** Vague words ("somehow", "better", "stuff"): what is not said must be found out. @default 1 */
  readonly maxVagueWords?: number;
  /** Words that always mean a demanding task, besides the built-in ones. */
  readonly demandingWords?: readonly string[];
  /** A task that took so many answers was not simple after all. @default 8 */
  readonly maxTurns?: number;
}

/** Whether a task is simple, and what says so. */
export interface TaskVerdict {
  readonly isSimple: boolean;
  /** What makes it demanding; for a simple task, what was looked at. */
  readonly reason: string;
}

/** Words of tasks that need judgement over many steps, in the languages of commit messages and tickets: English. */
const DEMANDING =
  /\b(?:architect\w*|design\w*|refactor\w*|migrat\w*|implement\w*|debug\w*|optimi[sz]\w*|secur\w*|audit\w*|investigat\w*|rewrit\w*|analy[sz]\w*|prove\w*|concurren\w*|deadlock\w*|vulnerab\w*|root cause)\b/i;
const STEP = /^\s*(?:[-*+]|\d+[.)])\s|\b(?:then|after that|afterwards|next|finally)\b/gim;
const FILE = /(?:^|[\s"'`(])(?:\.{0,2}\/)?(?:[\w.-]+\/)*[\w-]+\.[a-z]{1,5}(?=$|[\s"'`),:;.?!])/gi;
const TOOL_WORD =
  /\b(?:writ|creat|edit|chang|run|execut|install|deploy|commit|delet|remov|renam|mov|fetch|download|test|fix|updat|convert|generat)\w*\b/gi;
const VAGUE =
  /\b(?:somehow|something|somewhere|stuff|things?|better|improv\w*|clean up|etc|whatever|as needed|various)\b/gi;

/** A person's words are judged once, however often they are sent. */
const known = new WeakMap<object, WeakMap<UserMessage, TaskVerdict>>();

/**
 * Judges a conversation: simple as long as every task that a person gave in it is. So an answer for one task does not
 * move it to another model on the way, and a later, harder task may move it up, never down.
 */
export function judgeTask({ messages, output }: ModelRequest, rules: SimpleTaskRules): TaskVerdict {
  if (output !== undefined) return { isSimple: false, reason: "its answer must follow a schema" };
  const { maxTurns = 8 } = rules;
  let last: TaskVerdict | undefined;
  let turns = 0;
  for (const [index, message] of messages.entries()) {
    if (message.role === "assistant") turns += 1;
    // What a person says while tools run belongs to the task that is under way.
    const before = messages[index - 1]?.role;
    if (message.role !== "user" || (before !== undefined && before !== "assistant")) continue;
    turns = 0;
    last = judgeOnce(message, rules);
    if (!last.isSimple) return last;
  }
  if (last === undefined) return { isSimple: false, reason: "it has no prompt" };
  if (turns >= maxTurns) return { isSimple: false, reason: `it took ${turns} answers so far` };
  return last;
}

function judgeOnce(message: UserMessage, rules: SimpleTaskRules): TaskVerdict {
  const verdicts = known.get(rules) ?? new WeakMap<UserMessage, TaskVerdict>();
  known.set(rules, verdicts);
  const verdict = verdicts.get(message) ?? judgePrompt(message, rules);
  verdicts.set(message, verdict);
  return verdict;
}

function judgePrompt({ content }: UserMessage, rules: SimpleTaskRules): TaskVerdict {
  let text = "";
  for (const part of content) {
    if (part.type !== "text") return { isSimple: false, reason: `it brings a part of type ${part.type}` };
    text += part.text;
  }
  const { maxCharacters = 600, maxSteps = 2, maxFiles = 2, maxToolWords = 2, maxVagueWords = 1 } = rules;
  if (text.length > maxCharacters) return demanding(`${text.length} characters (more than ${maxCharacters})`);
  if (text.includes("```")) return demanding("it has code");
  const word = DEMANDING.exec(text)?.[0] ?? findWord(text, rules.demandingWords ?? []);
  if (word !== undefined) return demanding(`the word "${word.toLowerCase()}"`);
  const counts = [
    [count(text, STEP), maxSteps, "steps"],
    [count(text, FILE), maxFiles, "files"],
    [count(text, TOOL_WORD), maxToolWords, "kinds of work with tools"],
    [count(text, VAGUE), maxVagueWords, "vague words"],
  ] as const;
  for (const [found, limit, what] of counts)
    if (found > limit) return demanding(`${found} ${what} (more than ${limit})`);
  const seen = counts.map(([found, , what]) => `${found} ${what}`).join(", ");
  return { isSimple: true, reason: `${text.length} characters, no code, ${seen}` };
}

function demanding(reason: string): TaskVerdict {
  return { isSimple: false, reason };
}

/** Different matches: the same word twice asks for the same. */
function count(text: string, pattern: RegExp): number {
  return new Set([...text.matchAll(pattern)].map(([match], index) => (match.trim() === "-" ? index : match.trim())))
    .size;
}

function findWord(text: string, words: readonly string[]): string | undefined {
  const lower = text.toLowerCase();
  return words.find((word) => lower.includes(word.toLowerCase()));
}
