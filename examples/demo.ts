/**
 * The main job on one page: an agent finds out why a test fails, mends the code and proves it, under a policy, a
 * budget and an audit log. `npm run demo` runs it offline on a scripted model; with a provider's key in the
 * environment the same program uses the real model.
 */
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { run, type Message, type Result } from "harness-agent";
import { verifyAudit } from "harness-agent/audit";
import { makeProject, scriptedEngineer } from "./demo-project.ts";

const KEYS = ["ANTHROPIC_API_KEY", "OPENAI_API_KEY", "GEMINI_API_KEY", "GOOGLE_API_KEY"];
const key = KEYS.find((name) => process.env[name]);

const home = await mkdtemp(join(tmpdir(), "harness-demo-"));
try {
  const project = await makeProject(home);
  const auditDir = join(home, "audit");
  console.log(key === undefined ? "No key found: a scripted model plays the engineer.\n" : `Using ${key}.\n`);

  const stream = run("The test in this folder fails. Find out why, fix the code, and prove it.", {
    ...(key === undefined ? { model: scriptedEngineer() } : {}),
    cwd: project,
    policy: join(project, "policy.yml"),
    permissionMode: "accept_edits",
    permissions: { allow: ["Bash(node --test*)"] },
    budget: { maxCost: 1 },
    audit: { dir: auditDir },
  });
  let result: Result | undefined;
  for await (const message of stream) {
    show(message);
    if (message.type === "result") result = message;
  }

  const report = await verifyAudit(auditDir);
  console.log(
    `\naudit log: ${report.ok ? "verified" : "BROKEN"}, ${report.files.map((file) => file.records).join(" + ")} records`,
  );
  if (result !== undefined) printCosts(result);
  console.log(`\nsum.js now:\n${await readFile(join(project, "sum.js"), "utf8")}`);
  process.exitCode = report.ok && result?.stopReason === "end_turn" ? 0 : 1;
} finally {
  await rm(home, { recursive: true, force: true });
}

function show(message: Message): void {
  switch (message.type) {
    case "system":
      if (message.subtype !== "session_start") return;
      return console.log(
        `# ${message.data.model}, ${message.data.permissionMode}, sandbox ${message.data.isolation.mode}`,
      );
    case "text":
      if (message.isPartial) process.stdout.write(message.text);
      else console.log();
      return;
    case "tool_use":
      return console.log(`→ ${message.name} ${JSON.stringify(message.args)}`);
    case "tool_result": {
      const text = typeof message.content === "string" ? message.content : "[content]";
      const lines = text.trimEnd().split("\n");
      const more = lines.length > 6 ? `\n    … ${lines.length - 6} more lines` : "";
      return console.log(`  ${message.outcome}: ${lines.slice(0, 6).join("\n    ")}${more}`);
    }
    case "result":
      return console.log(`\n${message.stopReason}: ${message.turns} turns, ${message.toolCalls} tool calls`);
    case "reasoning":
    case "tool_progress":
    case "approval_request":
    case "compaction":
      return;
    default:
      return message satisfies never;
  }
}

function printCosts({ costByModel, totalCost, usage, denials }: Result): void {
  console.log("\nmodel                          cost (USD)");
  for (const [model, cost] of Object.entries(costByModel)) {
    console.log(`${model.padEnd(30)} ${cost === undefined ? "unknown" : cost.toFixed(6)}`);
  }
  console.log(`${"total".padEnd(30)} ${totalCost === undefined ? "unknown" : totalCost.toFixed(6)}`);
  console.log(
    `tokens: ${usage.input} in (${usage.cacheRead} from cache), ${usage.output} out; denied calls: ${denials.length}`,
  );
}
