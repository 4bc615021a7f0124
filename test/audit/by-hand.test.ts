import { execFileSync } from "node:child_process";
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";

import { describe, expect, test } from "vitest";

import { eraseAuditContent } from "../../src/audit/index.ts";
import { createHarness } from "../../src/index.ts";
import { fakePrices, scriptedModel } from "../../src/testing/index.ts";
import { temporaryDir } from "./audit-files.ts";
import { writeSignedLog } from "./signing.ts";

const hasPython = (process.env["PATH"] ?? "").split(":").some((folder) => existsSync(join(folder, "python3")));
const isSkipped = !hasPython && process.env["HARNESS_REQUIRE_SERVICES"] !== "1";

const SECURITY = readFileSync(new URL("../../SECURITY.md", import.meta.url), "utf8");

/** The page's own program: what it says must work. */
function pageProgram(language: "python" | "sh"): string {
  const code = new RegExp(`\`\`\`${language}\\n([^]*?)\`\`\``).exec(SECURITY)?.[1];
  return code ?? expect.fail(`SECURITY.md has no ${language} program`);
}

function python(program: string, args: readonly string[], home?: string): string {
  const env = { ...process.env, TZ: "UTC", ...(home === undefined ? {} : { HOME: home }) };
  return execFileSync("python3", ["-c", program, ...args], { encoding: "utf8", stdio: "pipe", env });
}

describe("without our code (needs python3)", () => {
  test.skipIf(isSkipped)(
    "the program of SECURITY.md verifies a log, also after content was erased, and finds changes",
    async () => {
      const { dir, path } = await writeSignedLog(temporaryDir());
      const program = pageProgram("python");
      expect(python(program, [path])).toMatch(/^50 records, last hash [0-9a-f]{64} root /);
      for (const each of [path, join(dir, "audit.index")]) {
        const [, size = "", root] = readFileSync(`${each}.checkpoint`, "utf8").split("\n");
        expect(python(program, [each, size]).trim().split(" ").at(-1)).toBe(root);
      }
      expect(python(program, [join(dir, "audit.index")])).toMatch(/^2 records/);
      await eraseAuditContent(dir, { filter: { tool: "Bash" }, reason: "request" });
      expect(python(program, [path])).toMatch(/^50 records/);
      const text = readFileSync(path, "utf8");
      for (const changed of [
        text.replace('"count":7', '"count":8'),
        text.split("\n").slice(1).join("\n"),
        text.replaceAll("\n", "\r\n"),
        text.slice(0, -1),
        // What most readers of JSON take for the cost.
        text.replace('"}\n', '","cost":99}\n'),
        text.replace("  }", " }").replace("  \n", " \n"),
      ]) {
        expect(changed).not.toBe(text);
        writeFileSync(path, changed);
        expect(() => python(program, [path])).toThrow(/line \d+/);
      }
    },
  );

  test("the commands of SECURITY.md verify a checkpoint", async () => {
    const { dir, path, publicKey } = await writeSignedLog(temporaryDir());
    writeFileSync(join(dir, "public.pem"), publicKey);
    const commands = pageProgram("sh").replaceAll("audit-x.jsonl", path);
    expect(execFileSync("bash", ["-ec", commands], { cwd: dir, encoding: "utf8" })).toContain("Verified Successfully");
  });

  test.skipIf(isSkipped)("the monthly cost of the design card's one-liner is what the runs did cost", async () => {
    const home = temporaryDir();
    const cost = 0.0123;
    const harness = await createHarness({
      model: scriptedModel(["One.", "Two.", "Three."]),
      prices: { ...fakePrices(), priceOf: () => cost },
      cwd: home,
      env: { HOME: home },
      tools: [],
    });
    const results = [];
    for (const prompt of ["a", "b"]) results.push(await harness.run(prompt).result);
    await harness[Symbol.asyncDispose]();
    const spent = results.reduce((sum, { totalCost }) => sum + (totalCost ?? Number.NaN), 0);
    const oneLiner = `
import json, sys
from pathlib import Path
from datetime import datetime
month = datetime.now().strftime('%Y-%m')
total = sum(
    e.get('cost', 0) for e in
    (json.loads(l) for l in open(Path('~/.harness/audit.jsonl').expanduser()))
    if e.get('timestamp', '').startswith(month)
)
print(f'Monthly cost: \${total:.4f}')
`;
    expect(spent).toBeGreaterThan(0);
    expect(python(oneLiner, [], home)).toBe(`Monthly cost: $${spent.toFixed(4)}\n`);
  });
});
