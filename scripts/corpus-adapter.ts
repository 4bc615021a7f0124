/** The policy engine of this package as a program for run-corpus.ts: calls as lines of JSON in, effects out. An example to copy. */
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";

import { PolicyEngine } from "harness-agent/policy";

const paths = [fileURLToPath(new URL("../test/corpora/commands/policy.yml", import.meta.url))];
const engine = await PolicyEngine.load({ paths, discover: false, home: "/home/nobody" });
for await (const line of createInterface({ input: process.stdin })) {
  // run-corpus.ts writes the lines.
  const { id, tool, args, cwd } = JSON.parse(line) as {
    id: string;
    tool: string;
    args: { command: string };
    cwd: string;
  };
  const { effect } = engine.check({ tool, args, cwd, agent: "main", isTainted: false });
  process.stdout.write(`${JSON.stringify({ id, effect })}\n`);
}
