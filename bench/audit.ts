/**
 * What the audit log costs: processor time of a record on the way of a run, verification, looking for secrets and personal
 * data. `npm run bench audit [--records N]`: 10 million records are verified with `--records 10000000`.
 */
import { createReadStream, mkdtempSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { AuditLogger, createSigner, redactPii, verifyAudit, type AuditLoggerOptions } from "harness-agent/audit";
import { createRedactor } from "harness-agent/filters";
import type { PreparedCall, Tool, ToolCall, ToolCallResult } from "harness-agent";

const SCOPE = { sessionId: "bench", agent: "main" };

/** Prints the table. */
export async function measureAudit(records: number): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), "harness-bench-"));
  try {
    console.log("Audit log, CPU µs a record (no fsync)");
    const redactor = createRedactor({ env: { EXAMPLE_TOKEN: "tok-0123456789abcdef" } });
    const redact = (text: string): string => redactor.redact(text).text;
    await printRecords("model call", { folder, redact }, appendModelCall, 1);
    await printRecords("tool call that reads: intent, outcome", { folder, redact }, readCall, 2);
    await printRecords("the same, personal data looked for", { folder, redact, scanPii: true }, readCall, 2);
    await printRecords("event of 0.6 KB that is waited for", { folder, redact }, recordEvent, 1);
    await measureVerification(folder, records);
    measureScan(redact);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

interface LogSetup extends Pick<AuditLoggerOptions, "redact" | "scanPii"> {
  readonly folder: string;
}

async function printRecords(
  title: string,
  { folder, ...options }: LogSetup,
  work: (audit: AuditLogger, count: number) => Promise<void> | void,
  perRound: number,
): Promise<void> {
  const audit = new AuditLogger({ dir: join(folder, title.replaceAll(/\W/g, "-")), sync: "never", ...options });
  const blocks: number[] = [];
  for (let block = 0; block < 10; block += 1) {
    const before = process.cpuUsage();
    for (let index = 0; index < 2000; index += 1) {
      const done = work(audit, block * 2000 + index);
      if (done !== undefined) await done;
    }
    await audit.flush();
    const { user, system } = process.cpuUsage(before);
    // The first block is warm-up.
    if (block > 0) blocks.push((user + system) / 2000 / perRound);
  }
  await audit.close();
  blocks.sort((left, right) => left - right);
  console.log(`  ${title.padEnd(40)} ${(blocks[4] ?? Number.NaN).toFixed(2).padStart(8)}`);
}

function appendModelCall(audit: AuditLogger, turn: number): void {
  const usage = { input: 1200 + turn, output: 80, cacheRead: 1000, cacheWrite: 0, reasoning: 0 };
  audit.append({
    type: "model_call",
    ...SCOPE,
    cost: 0.0042,
    data: {
      turn,
      provider: "anthropic",
      model: "claude-sonnet-5-5",
      outcome: "completed",
      finishReason: "tool_use",
      usage,
    },
  });
}

const TOOL: Tool = {
  name: "Read",
  description: "",
  input: { "~standard": { version: 1, vendor: "bench", validate: (value) => ({ value }) } },
  inputSchema: {},
  effect: "read",
  durability: "readOnly",
  cancel: "immediate",
  execute: () => "",
};

const ISOLATION = {
  mode: "process",
  filesystem: "unconfined",
  network: "unconfined",
  environment: "scrubbed",
  limits: ["time", "output", "memory"],
} as const;

async function readCall(audit: AuditLogger, count: number): Promise<void> {
  const args = { file_path: `/home/ada/project/src/file-${count}.ts`, limit: 200 };
  const call: ToolCall = { id: `toolu_${count}`, name: "Read", args };
  const decision = { effect: "allow", layer: "policy", rule: "reads", reason: "Reading is allowed" } as const;
  const prepared: PreparedCall = { id: call.id, tool: TOOL, args, input: args };
  const result: ToolCallResult = {
    call,
    name: "Read",
    content: "const total = items.reduce((sum, { price }) => sum + price, 0);\n".repeat(10),
    isError: false,
    outcome: "completed",
    decision,
    durationMs: 1.5,
    isolation: ISOLATION,
  };
  const entry = await audit.openCall(call, SCOPE);
  entry.note({ layer: "policy", effect: "allow", basis: "rule", rule: "reads" });
  entry.note({ layer: "permission", effect: "allow", basis: "default" });
  await entry.effect(prepared, decision);
  await entry.close(result, []);
}

async function recordEvent(audit: AuditLogger, count: number): Promise<void> {
  await audit.record({ type: "host_bench", data: { count, note: "x".repeat(500) } });
}

async function measureVerification(folder: string, records: number): Promise<void> {
  const dir = join(folder, "verify");
  const { privateKey, publicKey } = await makeKeys();
  const audit = new AuditLogger({ dir, sessionId: "bench", sync: "never", signer: createSigner({ privateKey }) });
  for (let count = 0; count < records; count += 1) appendModelCall(audit, count);
  await audit.close();
  const { size } = statSync(audit.path);
  // What only reading the file costs, for comparison.
  const read = await timed(async () => {
    for await (const _chunk of createReadStream(audit.path, { highWaterMark: 256 * 1024 })) continue;
  });
  const plain = await timed(async () => await mustHold(audit.path, {}));
  const signed = await timed(async () => await mustHold(dir, { publicKey }));
  const perSecond = (ms: number): string =>
    Math.round(records / (ms / 1000))
      .toLocaleString("en")
      .padStart(10);
  console.log(
    `Verification of ${records.toLocaleString("en")} records (${(size / 1e6).toFixed(0)} MB), records/s of CPU time`,
  );
  console.log(`  ${"reading the file alone".padEnd(40)} ${perSecond(read)}`);
  console.log(`  ${"chain".padEnd(40)} ${perSecond(plain)}`);
  console.log(`  ${"chain, index and signed checkpoint".padEnd(40)} ${perSecond(signed)}`);
  console.log(`  peak memory ${(process.resourceUsage().maxRSS / 1024).toFixed(0)} MB`);
}

async function makeKeys(): Promise<{ readonly privateKey: string; readonly publicKey: string }> {
  const { generateKeyPairSync } = await import("node:crypto");
  return generateKeyPairSync("ed25519", {
    privateKeyEncoding: { type: "pkcs8", format: "pem" },
    publicKeyEncoding: { type: "spki", format: "pem" },
  });
}

async function mustHold(path: string, options: Parameters<typeof verifyAudit>[1]): Promise<void> {
  const report = await verifyAudit(path, options);
  if (!report.ok) throw new Error(`The log does not verify: ${JSON.stringify(report)}`);
}

/** Milliseconds of processor time. */
async function timed(work: () => Promise<void>): Promise<number> {
  const before = process.cpuUsage();
  await work();
  const { user, system } = process.cpuUsage(before);
  return (user + system) / 1000;
}

function measureScan(redact: (text: string) => string): void {
  const line =
    "const total = items.map((item) => item.price * item.count).reduce((a, b) => a + b, 0); // see RFC 8785\n";
  const table = "2026-01-05T10:22:33.000Z GET /orders/1234567 200 1520 ms 10.1.2.3 user=42 +4420 7946\n";
  const text = (line.repeat(9) + table).repeat(1200);
  console.log("Looking for secrets and personal data, MB/s of CPU time");
  for (const [title, scan] of [
    ["secrets", redact],
    ["personal data", (chunk: string): string => redactPii(chunk).text],
    ["both", (chunk: string): string => redactPii(redact(chunk)).text],
  ] as const) {
    const before = process.cpuUsage();
    for (let start = 0; start < text.length; start += 16_384) scan(text.slice(start, start + 16_384));
    const { user, system } = process.cpuUsage(before);
    console.log(`  ${title.padEnd(40)} ${(text.length / (user + system)).toFixed(1).padStart(8)}`);
  }
}
