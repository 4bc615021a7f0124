import { spawn } from "node:child_process";
import { once } from "node:events";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";

import { describe, expect, test } from "vitest";

import { auditCommand } from "../../src/cli/commands/audit.ts";
import { UsageError } from "../../src/cli/usage-error.ts";
import { AuditLogger } from "../../src/audit/index.ts";
import { makeSigner, writeSignedLog } from "../audit/signing.ts";
import { temporaryDir } from "../audit/audit-files.ts";
import { runsSources } from "../runs-sources.ts";

async function audit(...args: readonly string[]): Promise<{ readonly code: number; readonly out: string }> {
  let out = "";
  const context = {
    argv: [],
    stdin: process.stdin,
    err: () => {},
    isInteractive: false,
    out: (text: string) => (out += text),
  };
  const code = await auditCommand(args, context as never);
  return { code, out };
}

/** A directory with what two teams spent. */
async function writeCosts(): Promise<string> {
  const dir = temporaryDir();
  let now = Date.parse("2026-01-31T23:00:00Z");
  const clock = { now: () => (now += 1_800_000) };
  for (const team of ["red", "blue"]) {
    await using log = new AuditLogger({ dir, team, clock, costView: false });
    for (const model of ["small", "large", "large"]) {
      const usage = { input: 100, output: 10, cacheRead: 0, cacheWrite: 0, reasoning: 0 };
      const data = { turn: 1, provider: "p", model, outcome: "completed", usage } as const;
      const cost = model === "small" ? 0.1 : 0.2;
      log.append({ type: "model_call", sessionId: team, cost, data });
    }
    log.append({
      type: "model_call",
      sessionId: team,
      data: {
        turn: 2,
        provider: "p",
        model: "free",
        outcome: "completed",
        usage: { input: 5, output: 0, cacheRead: 0, cacheWrite: 0, reasoning: 0 },
      },
    });
  }
  return dir;
}

describe("harness audit refuses", () => {
  test.each([
    [["verify", "a", "b"], /one path/],
    [["cost", "--by", "moon"], /no --by moon/],
    [["export", "--format", "xml"], /no format/],
    [["erase", "--all"], /--reason/],
    [["erase", "--reason", "x"], /what to erase/],
    [["burn"], /no "burn"/],
  ])("%j", async (args, message) => {
    await expect(audit(...args)).rejects.toThrow(message);
    await expect(audit(...args)).rejects.toBeInstanceOf(UsageError);
  });
});

describe("harness audit", () => {
  test("verify tells what is sound, signed, broken and missing, and ends with code 1 where anything is wrong", async () => {
    const { dir, path, publicKey, anchored } = await writeSignedLog(temporaryDir());
    const files = { key: join(dir, "public.pem"), anchor: join(dir, "anchor") };
    writeFileSync(files.key, publicKey);
    writeFileSync(files.anchor, anchored.join("\n"));
    const args = ["verify", dir, "--public-key", files.key, "--anchor", files.anchor];
    const good = await audit(...args);
    expect(good).toMatchObject({
      code: 0,
      out: expect.stringMatching(/^ok .*50 records, .*signed up to record 49\n$/) as unknown,
    });
    expect(JSON.parse((await audit(...args, "--json")).out)).toMatchObject({ ok: true });
    writeFileSync(path, readFileSync(path, "utf8").replace('"count":3', '"count":4'));
    const bad = await audit("verify", dir);
    expect(bad.code).toBe(1);
    expect(bad.out).toContain("BROKEN");
    expect(bad.out).toContain("line 4, record 3: wrong_hash");
  });

  test("verify warns of a log that nobody closed and that is silent, in text and JSON, with code 0", async () => {
    const dir = temporaryDir();
    const clock = { now: () => Date.parse("2026-01-31T23:00:00Z") };
    await using log = new AuditLogger({ dir, sessionId: "s1", clock });
    await log.record({ type: "host_event", data: {} });
    const { code, out } = await audit("verify", dir);
    expect(code).toBe(0);
    expect(out).toMatch(
      /^ok .*1 records, .*not closed, WARNING: silent since 2026-01-31T23:00:00.000Z, \d+ s ago, heartbeats are due every 60 s/,
    );
    expect(JSON.parse((await audit("verify", dir, "--json")).out)).toMatchObject({
      ok: true,
      files: [{ isClosed: false, silentSince: { timestamp: "2026-01-31T23:00:00.000Z", announcedMs: 60_000 } }],
    });
  });

  test("query gives the records that are asked for", async () => {
    const { dir } = await writeSignedLog(temporaryDir());
    const { out } = await audit("query", dir, "--tool", "Bash", "--decision", "allow", "--type", "tool_outcome");
    expect(out.split("\n").slice(0, -1)).toHaveLength(10);
    expect(out).toContain("tool_outcome  s1  Bash  allow:policy:tests  completed");
    const { out: json } = await audit("query", dir, "--call", "call-1", "--json");
    expect(
      json
        .split("\n")
        .slice(0, -1)
        .map((line) => JSON.parse(line) as unknown),
    ).toHaveLength(30);
  });

  test("query and cost write a line for each, whatever a model names a tool", async () => {
    const forged = "Bash\n2026-01-31T23:00:00.000Z  tool_outcome  s1  Bash  allow:policy:tests  completed\r\u2028x";
    await using log = new AuditLogger({ dir: temporaryDir(), sessionId: "s1" });
    await log.record({
      type: "host_event",
      tool: forged,
      agent: forged,
      cost: 1,
      data: {},
      content: { reason: forged },
    });
    expect((await audit("query", log.dir)).out.split("\n")).toHaveLength(2);
    expect((await audit("cost", log.dir, "--by", "agent")).out.split("\n")).toHaveLength(3);
  });

  test("export writes CSV that no spreadsheet runs", async () => {
    const { dir } = await writeSignedLog(temporaryDir());
    const { out } = await audit("export", dir, "--format", "csv", "--session", "s1");
    expect(out.split("\r\n")).toHaveLength(52);
  });

  test.each([
    ["day", ["2026-01-31", "2026-02-01"]],
    ["month", ["2026-01", "2026-02"]],
    ["model", ["free", "large", "small"]],
    ["team", ["blue", "red"]],
    ["session", ["blue", "red"]],
  ])("cost adds up by %s", async (by, keys) => {
    const dir = await writeCosts();
    const rows = JSON.parse((await audit("cost", dir, "--by", by, "--json")).out) as {
      key: string;
      cost: number;
      calls: number;
    }[];
    expect(rows.map(({ key }) => key)).toEqual(keys);
    expect(rows.reduce((sum, { cost }) => sum + cost, 0)).toBeCloseTo(1, 9);
    expect(rows.reduce((sum, { calls }) => sum + calls, 0)).toBe(8);
  });

  test("cost counts for the team that had a log open when it was spent", async () => {
    const dir = temporaryDir();
    for (const team of ["red", "blue", undefined, "red"]) {
      await using log = new AuditLogger({ dir, sessionId: "s1", ...(team === undefined ? {} : { team }) });
      await log.record({ type: "host_paid", cost: 1, data: {} });
    }
    const rows = JSON.parse((await audit("cost", dir, "--by", "team", "--json")).out) as {
      key: string;
      cost: number;
    }[];
    expect(rows.map(({ key, cost }) => [key, cost])).toEqual([
      ["(none)", 1],
      ["blue", 1],
      ["red", 2],
    ]);
  });

  test("cost shows a table with a sum, and calls without a price", async () => {
    const { out } = await audit("cost", await writeCosts(), "--by", "model");
    expect(out).toMatch(/large +\$0\.8000 +4 calls/);
    expect(out).toMatch(/free +\$0\.0000 +2 calls.*\(2 calls without a known price\)/);
    expect(out).toMatch(/total +\$1\.0000 +8 calls/);
  });

  test("erase takes content out and leaves the logs sound", async () => {
    const { dir, path } = await writeSignedLog(temporaryDir(), {}, makeSigner());
    const { out } = await audit("erase", dir, "--session", "s1", "--reason", "request 4", "--by", "dpo");
    expect(out).toMatch(/^The content of 30 records is erased; .*tells of it\n$/);
    expect(readFileSync(path, "utf8")).not.toContain("person-");
    expect((await audit("verify", dir)).code).toBe(0);
  });

  test.skipIf(!runsSources)(
    "tail follows what is written, also in logs that begin later (skipped on Node 22, which does not know `using`)",
    async () => {
      const dir = temporaryDir();
      await using first = new AuditLogger({ dir, sessionId: "a" });
      await first.record({ type: "host_before", data: {} });
      const main = new URL("../../src/cli/main.ts", import.meta.url).pathname;
      const child = spawn(process.execPath, [main, "audit", "tail", dir, "--json"], {
        stdio: ["ignore", "pipe", "inherit"],
      });
      let out = "";
      child.stdout.on("data", (chunk: Buffer) => (out += chunk.toString()));
      // Until it watches, nothing comes: records are written until the first one is seen.
      for (let count = 0; !out.includes("host_first"); count += 1) {
        await first.record({ type: "host_first", data: { count } });
        await new Promise((resolve) => setTimeout(resolve, 20));
      }
      await using second = new AuditLogger({ dir, sessionId: "b" });
      await second.record({ type: "host_second", data: {} });
      await expect.poll(() => out).toContain("host_second");
      child.kill("SIGINT");
      const [code] = (await once(child, "exit")) as [number];
      expect(code).toBe(0);
      expect(out).not.toContain("host_before");
    },
  );
});
