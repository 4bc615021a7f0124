import { describe, expect, it } from "vitest";

import { addLabels, NO_LABELS } from "../../src/labels/index.ts";
import { askHighRisk, classifyRisk, createRiskCheck } from "../../src/risk/index.ts";
import type { CheckScope, Tool } from "../../src/spec/index.ts";
import { fakeCheck, fakeTool } from "../../src/testing/index.ts";

const labels = addLabels(NO_LABELS, [{ kind: "private", tool: "Crm", agent: "main", dataLabels: ["customer"] }]).labels;
const scope: CheckScope = {
  cwd: "/",
  sessionId: "s",
  agent: "main",
  labels,
  canAsk: true,
  signal: new AbortController().signal,
};

describe("classifyRisk() by the registry", () => {
  it.each([
    ["read_file", "low"],
    ["run_tests", "low"],
    ["write_file", "medium"],
    ["send_email", "high"],
    ["mcp__mail__sendEmail", "high"],
    ["deploy-service", "high"],
    ["run_shell_command", "high"],
    ["format_disk", "block"],
    ["drop_database", "block"],
    ["mcp__db__dropDatabase", "block"],
    ["surprise", "high"],
  ] as const)("%s is %s", (tool, level) => {
    expect(classifyRisk({ tool }).level).toBe(level);
  });

  it("is the least of a tool that declares its effect, and a host's own registry goes before it", () => {
    expect(classifyRisk({ tool: { name: "delete_file", effect: "write" } }).level).toBe("high");
    expect(classifyRisk({ tool: { name: "run_tests", effect: "execute" } }).level).toBe("medium");
    const registry = { send_email: "low", Odd: "block" } as const;
    expect(classifyRisk({ tool: { name: "send_email", effect: "read" } }, { registry }).level).toBe("low");
    expect(classifyRisk({ tool: { name: "Odd", effect: "read" } }, { registry }).level).toBe("block");
    expect(classifyRisk({ tool: { name: "constructor", effect: "read" } }, { registry }).level).toBe("low");
  });
});

describe("classifyRisk() by statements", () => {
  it.each([
    ["SELECT * FROM users", "low"],
    ["select 'drop table x' as text -- drop database y", "low"],
    ["SELECT 1 /* truncate all */", "low"],
    ["INSERT INTO a VALUES (1)", "medium"],
    ["UPDATE a SET b = 1 WHERE id = 2", "medium"],
    ["DELETE FROM a", "high"],
    ["delete\nfrom a; select 1 where true", "high"],
    ["UPDATE a SET b = 1", "high"],
    ["DROP TABLE a", "high"],
    ["select 1; TRUNCATE a", "high"],
    ["ALTER TABLE a ADD b int", "high"],
    ["GRANT ALL ON a TO b", "high"],
    ["with x as (delete from a returning *) select * from x", "high"],
    ["COPY a TO PROGRAM 'curl x'", "high"],
    ["DROP DATABASE a", "block"],
    ["/* x */ drop /* y */ schema public cascade", "block"],
    ["SELECT '--'; DROP DATABASE a", "block"],
    ["SELECT '/*'; DROP DATABASE a; --*/", "block"],
  ] as const)("%s is %s", (query, level) => {
    expect(classifyRisk({ tool: { name: "Query", effect: "read" }, args: { query } }).level).toBe(level);
  });

  it("also on the command line of a database's program", () => {
    const of = (command: string): string => classifyRisk({ tool: "Bash", args: { command } }).level;
    expect(of('psql -c "drop database app"')).toBe("block");
    expect(of("dropdb app")).toBe("block");
    expect(of("mongosh --eval 'db.dropDatabase()'")).toBe("block");
    expect(of("sqlite3 a.db 'DELETE FROM x'")).toBe("high");
    expect(of("sqlite3 a.db 'SELECT 1'")).toBe("medium");
  });
});

describe("classifyRisk() by the environment", () => {
  it.each([
    "kubectl --context prod get pods",
    "helm upgrade app ./chart -n production",
    "ssh deploy@prod-1.example.com uptime",
    "psql postgres://db.prod.internal/app",
    "aws --profile production s3 ls",
  ])("%s is high", (command) => {
    expect(classifyRisk({ tool: "Bash", args: { command } }).level).toBe("high");
  });

  it.each([
    "NODE_ENV=production npm run build",
    "npm install --production",
    "git checkout production-fixes",
    "kubectl --context staging get pods",
    "helm template products",
  ])("%s is not", (command) => {
    expect(classifyRisk({ tool: "Bash", args: { command } }).level).toBe("medium");
  });

  it("goes by the arguments of other tools, and by where the harness runs", () => {
    const tool = { name: "Restart", effect: "network" } as const;
    expect(classifyRisk({ tool, args: { environment: "production" } }).level).toBe("high");
    expect(classifyRisk({ tool, args: { on: { cluster: "eu-prod-2" } } }).level).toBe("high");
    expect(classifyRisk({ tool, args: { environment: "staging", note: "like production" } }).level).toBe("medium");
    expect(classifyRisk({ tool: { name: "Look", effect: "read" }, args: { environment: "production" } }).level).toBe(
      "low",
    );
    expect(classifyRisk({ tool: "Write", args: { file_path: "a" } }, { environment: "production" }).level).toBe("high");
    expect(classifyRisk({ tool: "Read", args: { file_path: "a" } }, { environment: "production" }).level).toBe("low");
  });
});

describe("createRiskCheck() by labels", () => {
  const check = createRiskCheck({ dataLabels: { customer: "medium" } });
  const ask = async (tool: Parameters<typeof fakeTool>[0]): Promise<string | undefined> =>
    // A fake tool takes any object.
    (await check.check({ id: "c", tool: fakeTool(tool) as Tool, args: {}, input: {} }, scope)).risk;

  it("raises what could carry private data out, and what the host says of a label", async () => {
    expect(await ask({ effect: "network" })).toBe("high");
    expect(await ask({ effect: "network", sendsOut: false })).toBe("medium");
    expect(await ask({ effect: "read" })).toBe("medium");
  });

  it("gives its reasons to approvers", async () => {
    const answer = await check.check(
      { id: "c", tool: fakeTool({ effect: "network" }) as Tool, args: {}, input: {} },
      scope,
    );
    expect(answer.riskReasons?.[0]).toContain("private data");
  });
});

describe("askHighRisk()", () => {
  it.each([
    ["none", "high", "ask"],
    ["allow", "high", "ask"],
    ["deny", "high", "deny"],
    ["none", "medium", "none"],
    ["deny", "block", "deny"],
  ] as const)("makes of %s and %s: %s", async (effect, risk, expected) => {
    const call = { id: "c", tool: fakeTool() as Tool, args: {}, input: {} };
    expect((await askHighRisk(fakeCheck(effect, { risk })).check(call, scope)).effect).toBe(expected);
  });
});
