import { mkdtempSync, readFileSync, rmSync, statSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";

import { createGrants, type ApprovalQuestion } from "../../src/approval/index.ts";
import { digestJson } from "../../src/digest/index.ts";
import { question } from "./questions.ts";

let folder: string;
let file: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "harness-grants-"));
  file = join(folder, "home", "approvals.json");
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

function ask(name: string, args: ApprovalQuestion["args"], parts: Partial<ApprovalQuestion> = {}): ApprovalQuestion {
  return question({ name, args, argsDigest: digestJson({ name, args }), cwd: folder, ...parts });
}
const bash = (command: string, parts: Partial<ApprovalQuestion> = {}): ApprovalQuestion =>
  ask("Bash", { command }, parts);

describe("createGrants() for a session", () => {
  it("covers the same command in the same session, and no other", async () => {
    const grants = createGrants();
    expect(grants.find(bash("npm test"))).toBeUndefined();
    await grants.remember(bash("npm test"), { decision: "approve", scope: "session", approver: "ada" });
    expect(grants.find(bash("npm test", { id: "q2" }))).toMatchObject({
      scope: "session",
      rule: "Bash(npm test)",
      approver: "ada",
    });
    expect(grants.find(ask("Bash", { command: "npm test", timeout: 5 }))).toBeDefined();
    for (const command of ["npm test && rm -rf x", "npm  test", "npm test x", "NPM test", "npm publish"]) {
      expect(grants.find(bash(command)), command).toBeUndefined();
    }
    expect(grants.find(bash("npm test", { sessionId: "other" }))).toBeUndefined();
    expect(grants.find(ask("Shell", { command: "npm test" }))).toBeUndefined();
    expect(grants.find(ask("Bash", { command: "npm test", cwd: "/etc" }))).toBeUndefined();
  });

  it("covers a file by where it really lies, and other calls by exactly their arguments", async () => {
    const grants = createGrants();
    await grants.remember(ask("Write", { file_path: "a.txt", content: "1" }), {
      decision: "approve",
      scope: "session",
    });
    expect(grants.find(ask("Write", { file_path: "./x/../a.txt", content: "2" }))).toBeDefined();
    expect(grants.find(ask("Write", { file_path: "b.txt", content: "1" }))).toBeUndefined();
    symlinkSync("/etc/passwd", join(folder, "link"));
    await grants.remember(ask("Write", { file_path: "link", content: "1" }), { decision: "approve", scope: "session" });
    rmSync(join(folder, "link"));
    expect(grants.find(ask("Write", { file_path: "link", content: "1" }))).toBeUndefined();

    await grants.remember(ask("Mail", { to: "a", body: "b" }), { decision: "approve", scope: "session" });
    expect(grants.find(ask("Mail", { to: "a", body: "b" }))).toBeDefined();
    expect(grants.find(ask("Mail", { to: "a", body: "c" }))).toBeUndefined();
  });

  it("covers no file for a tainted context, whose content nobody looked at", async () => {
    const grants = createGrants();
    const labels = { isTainted: true, hasPrivateData: false, dataLabels: [], sources: [] };
    await grants.remember(ask("Write", { file_path: "a" }), { decision: "approve", scope: "session" });
    expect(grants.find(ask("Write", { file_path: "a" }, { labels }))).toBeUndefined();
    await grants.remember(bash("npm test"), { decision: "approve", scope: "session" });
    expect(grants.find(bash("npm test", { labels }))).toBeDefined();
  });

  it.each<Partial<ApprovalQuestion>>([{ risk: "high" }, { layer: "taint" }, { layer: "hook" }, { layer: "approval" }])(
    "does not answer a question of %j",
    async (parts) => {
      const grants = createGrants({ file });
      await grants.remember(bash("npm test"), { decision: "approve", scope: "session" });
      await grants.remember(bash("npm test"), { decision: "approve", scope: "always" });
      expect(grants.find(bash("npm test", parts))).toBeUndefined();
    },
  );
});

describe("createGrants() for good", () => {
  it("writes a minimal rule that its user alone can read, for this folder, and another process finds it", async () => {
    const first = createGrants({ file, now: () => 5 });
    expect(first.propose?.(bash("npm test"))).toBe("Bash(npm test)");
    const grant = await first.remember(bash("npm test"), { decision: "approve", scope: "always", approver: "ada" });
    expect(grant).toEqual({ scope: "always", rule: "Bash(npm test)", file, approver: "ada" });
    expect(statSync(file).mode & 0o777).toBe(0o600);

    const second = createGrants({ file });
    expect(second.find(bash("npm test", { sessionId: "later" }))).toMatchObject({ scope: "always", approver: "ada" });
    expect(second.find(bash("npm test", { cwd: "/elsewhere" }))).toBeUndefined();
    // A rule that somebody wrote to ask goes before it.
    expect(second.find(bash("npm test", { isDefault: false }))).toBeUndefined();
    await second.remember(bash("npm test"), { decision: "approve", scope: "always" });
    expect(JSON.parse(readFileSync(file, "utf8"))).toMatchObject({ version: 1, grants: [{ project: folder }] });
  });

  it.each(["npm test && x", "ls $HOME", "ls *", "a\nb", "echo `x`", "cat <x", "x".repeat(300), "echo 'a b'"])(
    "writes no rule for %j, which says less than it does",
    async (command) => {
      const grants = createGrants({ file });
      expect(grants.propose?.(bash(command))).toBeUndefined();
      expect(await grants.remember(bash(command), { decision: "approve", scope: "always" })).toMatchObject({
        scope: "session",
      });
    },
  );

  it.each(["", "{", "[]", '{"version":2,"grants":[]}', '{"version":1,"grants":[{}]}', '{"version":1,"grants":[null]}'])(
    "throws for a file that holds %j: everything is asked about then",
    async (text) => {
      const grants = createGrants({ file });
      await grants.remember(bash("npm test"), { decision: "approve", scope: "always" });
      writeFileSync(file, text);
      expect(() => grants.find(bash("npm run x"))).toThrow(/approvals/);
    },
  );
});
