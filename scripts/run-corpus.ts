/**
 * Runs the corpora of calls against any harness: `node scripts/run-corpus.ts [CORPUS …] [--with "PROGRAM ARGS"] [--json]`.
 * The program reads calls as lines of JSON and answers each with a line; test/corpora/README.md has the protocol.
 * Without `--with` it is the policy engine of this package, built. Exit code 1 when a call was judged wrong.
 */
import { spawn } from "node:child_process";
import { readFileSync } from "node:fs";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";

interface CorpusLine {
  readonly id: string;
  readonly expect: "deny" | "stop" | "allow";
  readonly tool: string;
  readonly args?: Readonly<Record<string, unknown>>;
  readonly parts?: readonly (string | { readonly repeat: number; readonly text: string })[];
}

interface Score {
  readonly corpus: string;
  readonly cases: number;
  /** What had to be stopped and was let through. */
  readonly missed: string[];
  /** What had to be denied and was only asked about. */
  readonly asked: string[];
  /** What is harmless and was denied or asked about. */
  readonly false: string[];
  /** What was not answered. */
  readonly silent: string[];
}

const CORPORA = ["commands/evasions", "commands/writes", "commands/lookalikes", "commands/ordinary"];
const CWD = "/srv/of-nobody/project";

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: { with: { type: "string" }, json: { type: "boolean", default: false } },
});

const scores: Score[] = [];
for (const corpus of positionals.length > 0 ? positionals : CORPORA) scores.push(await runCorpus(corpus, values.with));
if (values.json) console.log(JSON.stringify(scores, undefined, 2));
else for (const score of scores) print(score);
process.exitCode = scores.some(({ missed, false: wrong, silent }) => missed.length + wrong.length + silent.length > 0)
  ? 1
  : 0;

async function runCorpus(corpus: string, command: string | undefined): Promise<Score> {
  const lines = readCorpus(corpus);
  const effects = await judge(lines, command);
  const score: Score = { corpus, cases: lines.length, missed: [], asked: [], false: [], silent: [] };
  for (const { id, expect } of lines) {
    const effect = effects.get(id);
    const isStopped = effect === "deny" || effect === "ask";
    if (effect === undefined) score.silent.push(id);
    else if (expect === "allow") {
      if (isStopped) score.false.push(id);
    } else if (!isStopped) score.missed.push(id);
    else if (expect === "deny" && effect === "ask") score.asked.push(id);
  }
  return score;
}

function readCorpus(name: string): readonly CorpusLine[] {
  const text = readFileSync(new URL(`../test/corpora/${name}.jsonl`, import.meta.url), "utf8");
  // The corpora are checked by the tests beside them.
  return text
    .trim()
    .split("\n")
    .map((line) => JSON.parse(line) as CorpusLine);
}

async function judge(lines: readonly CorpusLine[], command: string | undefined): Promise<ReadonlyMap<string, string>> {
  const own = fileURLToPath(new URL("corpus-adapter.ts", import.meta.url));
  const child =
    command === undefined
      ? spawn(process.execPath, [own], { stdio: ["pipe", "pipe", "inherit"] })
      : spawn(command, { shell: true, stdio: ["pipe", "pipe", "inherit"] });
  // A program that ends before it has read everything breaks the pipe: what it did not answer is counted.
  child.stdin.on("error", () => {});
  for (const { id, tool, args, parts } of lines) {
    child.stdin.write(`${JSON.stringify({ id, tool, args: args ?? { command: join(parts ?? []) }, cwd: CWD })}\n`);
  }
  child.stdin.end();
  const effects = new Map<string, string>();
  for await (const line of createInterface({ input: child.stdout })) {
    const answer: unknown = JSON.parse(line);
    if (typeof answer !== "object" || answer === null || !("id" in answer) || !("effect" in answer)) continue;
    effects.set(String(answer.id), String(answer.effect));
  }
  return effects;
}

function join(parts: NonNullable<CorpusLine["parts"]>): string {
  return parts.map((part) => (typeof part === "string" ? part : part.text.repeat(part.repeat))).join("");
}

function print({ corpus, cases, missed, asked, false: wrong, silent }: Score): void {
  const share = (count: number): string => `${count} (${((count / cases) * 100).toFixed(2)} %)`;
  console.log(
    `${corpus}: ${cases} calls, missed ${share(missed.length)}, false ${share(wrong.length)}, asked for denied ${share(asked.length)}, silent ${silent.length}`,
  );
  for (const [name, ids] of [
    ["missed", missed],
    ["false", wrong],
    ["silent", silent],
  ] as const) {
    if (ids.length > 0) console.log(`  ${name}: ${ids.slice(0, 40).join(" ")}${ids.length > 40 ? " …" : ""}`);
  }
}
