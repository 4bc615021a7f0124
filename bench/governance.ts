/** What governance costs a call, part by part, without I/O where a part has none. CPU microseconds, median of nine blocks. */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { createConstraintCheck } from "harness-agent/constraints";
import { createRedactor } from "harness-agent/filters";
import { HookBus } from "harness-agent/hooks";
import { createPermissionCheck } from "harness-agent/permission";
import { createPolicyCheck, PolicyEngine } from "harness-agent/policy";
import { createRiskCheck } from "harness-agent/risk";
import { createTaintCheck } from "harness-agent/taint";
import type { PreparedCall, Tool } from "harness-agent";

const RULES = 50;
/** Blocks until what is measured is compiled. */
const WARM_UP = 3;
const BLOCKS = 9;

/** Prints the table. */
export async function measureGovernance(): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), "harness-bench-"));
  try {
    const engine = await loadPolicy(folder);
    const scope = {
      cwd: folder,
      sessionId: "bench",
      agent: "main",
      labels: { isTainted: false, hasPrivateData: false, dataLabels: [], sources: [] },
      canAsk: false,
      signal: new AbortController().signal,
    };
    const policy = createPolicyCheck(engine);
    const permission = createPermissionCheck({ mode: "accept_edits", rules: { allow: ["Bash(git *)"] } });
    const risk = createRiskCheck();
    let count = 0;
    const bash = (): PreparedCall =>
      call("Bash", "execute", { command: `git log --oneline -n ${(count += 1)} && npm test` });
    const read = (): PreparedCall => call("Read", "read", { file_path: `src/file-${(count += 1)}.ts` });

    console.log(`Governance of one call (policy of ${RULES} rules), CPU µs`);
    await print("policy, with shell parsing", () => policy.check(bash(), scope));
    await print("policy, without", () => policy.check(read(), scope));
    await print("policy + permission + risk, Bash", () => {
      const prepared = bash();
      return [policy.check(prepared, scope), permission.check(prepared, scope), risk.check(prepared, scope)];
    });
    const taint = createTaintCheck();
    const constraints = createConstraintCheck({ code: true, domains: ["finance", "privacy"] });
    const labels = { isTainted: true, hasPrivateData: true, dataLabels: [], sources: [] };
    const tainted = { ...scope, labels };
    await print("whole gate, Bash", () => {
      const prepared = bash();
      return [policy, permission, taint, constraints, risk].map((check) => check.check(prepared, tainted));
    });
    const hooks = new HookBus();
    await print("whole gate and idle hooks, Bash", async () => {
      const { id, tool, args, ...prepared } = bash();
      const payload = { sessionId: "bench", agent: "main", cwd: folder, labels, toolUseId: id, name: tool.name, args };
      await hooks.run("beforeToolCall", payload, scope);
      return [policy, permission, taint, constraints, risk].map((check) =>
        check.check({ id, tool, args, ...prepared }, tainted),
      );
    });
    await print("whole gate, Read", () => {
      const prepared = read();
      return [policy, permission, taint, constraints, risk].map((check) => check.check(prepared, tainted));
    });
    await measureRedaction();
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

async function loadPolicy(folder: string): Promise<PolicyEngine> {
  const { writeFileSync } = await import("node:fs");
  const rules = Array.from({ length: RULES - 1 }, (_none, index) =>
    [
      `  - tool: ${index % 5 === 0 ? "Write" : "Bash"}`,
      "    decision: deny",
      "    conditions:",
      `      - type: ${index % 5 === 0 ? "path_matches" : "command_matches"}`,
      `        pattern: "forbidden-${index}.*|never-${index} .*"`,
    ].join("\n"),
  );
  const path = join(folder, "policy.yml");
  writeFileSync(path, `version: 1\nrules:\n${rules.join("\n")}\n  - tool: Read\n    decision: allow\n`);
  return await PolicyEngine.load({ paths: [path], cwd: folder, home: folder });
}

async function measureRedaction(): Promise<void> {
  const redactor = createRedactor({ env: { EXAMPLE_TOKEN: "tok-0123456789abcdef" } });
  const text = "const total = items.map((item) => item.price * item.count).reduce((a, b) => a + b, 0);\n".repeat(
    12_000,
  );
  const before = process.cpuUsage();
  redactor.apply(text, { tool: "bench", isUntrusted: false });
  const { user, system } = process.cpuUsage(before);
  // Characters of one byte in a microsecond are megabytes in a second.
  console.log(
    `  ${"redaction".padEnd(36)} ${(text.length / (user + system)).toFixed(1).padStart(8)} MB in a second of CPU`,
  );
}

function call(name: string, effect: Tool["effect"], args: Readonly<Record<string, string>>): PreparedCall {
  const tool: Tool = {
    name,
    description: "",
    input: { "~standard": { version: 1, vendor: "bench", validate: (value) => ({ value }) } },
    inputSchema: {},
    effect,
    durability: "atMostOnce",
    cancel: "immediate",
    pathArgs: ["file_path"],
    execute: () => "",
  };
  return { id: "call", tool, args, input: args };
}

async function print(title: string, work: () => unknown): Promise<void> {
  const blocks: number[] = [];
  for (let block = 0; block < WARM_UP + BLOCKS; block += 1) {
    const before = process.cpuUsage();
    for (let index = 0; index < 2000; index += 1) {
      const result = work();
      if (result instanceof Promise) await result;
    }
    const { user, system } = process.cpuUsage(before);
    if (block >= WARM_UP) blocks.push((user + system) / 2000);
  }
  blocks.sort((a, b) => a - b);
  console.log(`  ${title.padEnd(36)} ${(blocks[Math.floor(BLOCKS / 2)] ?? Number.NaN).toFixed(2).padStart(8)}`);
}
