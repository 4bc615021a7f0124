/** How long a fresh process takes to import a door, against bare Node. */
import { spawnSync } from "node:child_process";

const CASES = [
  ["bare Node", ""],
  ["@anthropic-ai/sdk", 'import "@anthropic-ai/sdk";'],
  ["harness-agent", 'import "harness-agent";'],
] as const;

/** Prints the median of nine starts of each. */
export async function measureImport(): Promise<void> {
  const times = new Map<string, number[]>(CASES.map(([name]) => [name, []]));
  for (let round = 0; round < 9; round += 1) {
    for (const [name, code] of CASES) times.get(name)?.push(startOnce(code));
  }
  console.log("Cold import, whole process");
  for (const [name, all] of times) {
    const sorted = all.sort((a, b) => a - b);
    console.log(`  ${name.padEnd(20)} ${(sorted[4] ?? Number.NaN).toFixed(0)} ms`);
  }
  console.log();
}

function startOnce(code: string): number {
  const from = performance.now();
  const { status } = spawnSync(process.execPath, ["--input-type=module", "-e", code], { stdio: "inherit" });
  if (status !== 0) throw new Error(`"${code}" failed`);
  return performance.now() - from;
}
