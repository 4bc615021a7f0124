/**
 * What a decision of the policy costs: `npm run bench policy`. CPU microseconds of one call, median of nine blocks, with
 * a policy of 50 rules, beside what nobody can do without (parsing the command) and what the naive way costs (50
 * regular expressions over the text). Ratios hold; microseconds depend on the machine.
 */
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { PolicyEngine } from "harness-agent/policy";
import { parse } from "unbash";

const RULES = 50;
const CALLS = 3000;
const BLOCKS = 10;

/** Prints the table. */
export async function measurePolicy(): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), "harness-bench-policy-"));
  try {
    const engine = await loadEngine(folder);
    console.log(`Policy of ${RULES} rules, one call, CPU µs (median of ${BLOCKS - 1} blocks of ${CALLS})`);
    const parsing = measureCommands("parsing the command alone", (command) => parse(command));
    const naive = naiveRules();
    measureCommands(
      "50 regular expressions over the text",
      (command) => naive.map((regex) => regex.test(command)),
      parsing,
    );
    measureCommands(
      "decision about a command",
      (command) => engine.check({ tool: "Bash", args: { command }, cwd: folder }),
      parsing,
    );
    measureTool("decision about a path", (count) =>
      engine.check({ tool: "Read", args: { file_path: `src/file-${count}.ts` }, cwd: folder }),
    );
    measureTool("decision without either", (count) =>
      engine.check({ tool: "Task", args: { prompt: `find ${count}` }, cwd: folder }),
    );
    measureHostile(engine, folder);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

async function loadEngine(folder: string): Promise<PolicyEngine> {
  const rules = Array.from({ length: RULES - 1 }, (_none, index) => {
    const isPath = index % 5 === 0;
    const pattern = isPath ? `/forbidden-${index}/.*` : `forbidden-${index}.*|never-${index} .*`;
    return `  - tool: ${isPath ? "Write" : "Bash"}\n    decision: deny\n    conditions:\n      - type: ${isPath ? "path" : "command"}_matches\n        pattern: "${pattern}"\n`;
  });
  const path = join(folder, "policy.yml");
  writeFileSync(path, `version: 1\nrules:\n${rules.join("")}  - tool: Read\n    decision: allow\n`);
  return await PolicyEngine.load({ paths: [path], discover: false, cwd: folder, home: folder });
}

function naiveRules(): readonly RegExp[] {
  return Array.from({ length: RULES }, (_none, index) => new RegExp(`forbidden-${index}.*|never-${index} .*`));
}

/** Commands as agents write them; no two calls are the same text. */
function measureCommands(title: string, work: (command: string) => unknown, base?: number): number {
  return print(title, (count) => work(`git log --oneline -n ${count} && npm test`), base);
}

function measureTool(title: string, work: (count: number) => unknown): void {
  print(title, work);
}

function print(title: string, work: (count: number) => unknown, base?: number): number {
  const blocks: number[] = [];
  let count = 0;
  for (let block = 0; block < BLOCKS; block += 1) {
    const before = process.cpuUsage();
    for (let index = 0; index < CALLS; index += 1) work((count += 1));
    const { user, system } = process.cpuUsage(before);
    // The first block is warm-up.
    if (block > 0) blocks.push((user + system) / CALLS);
  }
  const median = blocks.toSorted((a, b) => a - b)[Math.floor(blocks.length / 2)] ?? Number.NaN;
  const ratio = base === undefined ? "" : `   ${(median / base).toFixed(2)} × parsing`;
  console.log(`  ${title.padEnd(40)} ${median.toFixed(2).padStart(8)}${ratio}`);
  return median;
}

/** Texts of 100 KB that are made to be slow; the slowest counts. */
function measureHostile(engine: PolicyEngine, cwd: string): void {
  const pieces = [
    "a;",
    "$(",
    '"$(',
    "`",
    "((",
    "a|",
    "a&&",
    "{ ",
    "${x:-",
    ">f ",
    "sudo ",
    "bash -c '",
    "'a'",
    "cd a;rm b;",
    "<<E ",
    "x ",
  ];
  const slowest = pieces
    .flatMap((piece) => [100_000, 8000].map((size) => ({ piece, size })))
    .map(({ piece, size }) => {
      const command = piece.repeat(Math.ceil(size / piece.length)).slice(0, size);
      const tries = [0, 1, 2].map((extra) => {
        const before = process.cpuUsage();
        engine.check({ tool: "Bash", args: { command: command + " ".repeat(extra) }, cwd });
        const { user, system } = process.cpuUsage(before);
        return (user + system) / 1000;
      });
      return { piece, size, ms: tries.toSorted((a, b) => a - b)[1] ?? Number.NaN };
    })
    .toSorted((a, b) => b.ms - a.ms)[0];
  if (slowest === undefined) return;
  console.log(
    `  slowest hostile text: ${slowest.ms.toFixed(1)} ms of CPU, ${slowest.size} characters of ${JSON.stringify(slowest.piece)}\n`,
  );
}
