import { resolve } from "node:path";

import { escapeControls } from "../../approval/index.ts";
import { findPolicyTests, readPolicyTests, runPolicyTests, type PolicyTestReport } from "../../policy/index.ts";
import type { CliContext } from "../cli-context.ts";
import type { Command } from "../command.ts";
import { UsageError } from "../usage-error.ts";
import { loadPolicy, readCall, readCalls, readPolicyOptions, readStdin } from "./policy-options.ts";

/**
 * `harness policy test [FILE …]`: runs the tests in the files, or in `policy.test.yml` beside each policy. Exit code 1
 * when one fails. The rules' own examples were run when the policy was loaded.
 */
export const testPolicy: Command = async (args, { out }) => {
  const options = readPolicyOptions(args);
  const engine = await loadPolicy(options);
  const named = options.positionals.map((file) => resolve(file));
  const files = named.length > 0 ? named : await findPolicyTests(engine.files);
  if (files.length === 0) {
    throw new UsageError(`No tests: write policy.test.yml beside ${engine.files.join(", ")}, or name a file`);
  }
  const tests = (await Promise.all(files.map(readPolicyTests))).flat();
  const report = runPolicyTests(engine, tests, { cwd: options.cwd });
  if (options.json) out(`${JSON.stringify(report, undefined, 2)}\n`);
  else printReport(report, out);
  return report.ok ? 0 : 1;
};

function printReport({ results, untested }: PolicyTestReport, out: CliContext["out"]): void {
  const line = (text: string): void => out(`${escapeControls(text)}\n`);
  for (const { test, ok, effect, rule, reason } of results) {
    if (ok) continue;
    const wanted = `${test.expect}${test.rule === undefined ? "" : ` by "${test.rule}"`}`;
    const got = `${effect}${rule === undefined ? "" : ` by "${rule}"`}`;
    line(`FAILED  ${test.file}:${test.line ?? 1}: ${test.call.tool} ${JSON.stringify(test.call.args)}`);
    line(`        wanted ${wanted}, got ${got}: ${reason}`);
  }
  for (const { rule, file, line: at } of untested)
    line(`untested  "${rule}"${file === undefined ? "" : ` (${file}:${at ?? 1})`}`);
  const failed = results.filter(({ ok }) => !ok).length;
  line(`${results.length - failed} passed, ${failed} failed, ${untested.length} rules that no test matches`);
}

/**
 * `harness policy simulate TOOL SUBJECT`, or lines of JSON on standard input: what would be decided about calls, one
 * line each, without deciding anything. Exit code 0.
 */
export const simulatePolicy: Command = async (args, { out }) => {
  const options = readPolicyOptions(args);
  const engine = await loadPolicy(options);
  const calls = options.positionals.length > 0 ? [readCall(options)] : readCalls(readStdin(), options);
  const counts = new Map<string, number>();
  for (const call of calls) {
    const decision = engine.check(call);
    const { effect, rule, reason } = decision.simulated ?? decision;
    counts.set(effect, (counts.get(effect) ?? 0) + 1);
    if (options.json) out(`${JSON.stringify({ tool: call.tool, args: call.args, effect, rule, reason })}\n`);
    else out(`${escapeControls(`${effect.padEnd(6)} ${call.tool} ${JSON.stringify(call.args)}: ${reason}`)}\n`);
  }
  if (!options.json) out(`${[...counts].map(([effect, count]) => `${count} ${effect}`).join(", ")}\n`);
  return 0;
};
