import { access } from "node:fs/promises";
import { extname } from "node:path";

import type { JsonObject } from "../spec/index.ts";
import type { PolicyCall, PolicyEffect, PolicyMatch } from "./policy-decision.ts";
import type { PolicyEngine } from "./policy-engine.ts";
import { sourceError, type PolicySource, type SourcePath } from "./policy-source.ts";
import { readChoice, readFields, readFlag, readList, readText } from "./read-fields.ts";
import { readSource } from "./read-source.ts";

/** A call and what the policy must answer. */
export interface PolicyTest {
  readonly call: PolicyCall;
  readonly expect: PolicyEffect | "none";
  /** The rule that must decide. */
  readonly rule?: string;
  readonly file: string;
  readonly line?: number;
}

/** What a test found. */
export interface PolicyTestResult {
  readonly test: PolicyTest;
  readonly ok: boolean;
  readonly effect: PolicyEffect | "none";
  readonly rule?: string;
  readonly reason: string;
}

/** What all tests found. */
export interface PolicyTestReport {
  readonly results: readonly PolicyTestResult[];
  /** Rules that no test matches: nobody has shown that they do what they should. */
  readonly untested: readonly Omit<PolicyMatch, "match">[];
  readonly ok: boolean;
}

const EFFECTS = ["allow", "deny", "ask", "none"] as const satisfies readonly PolicyTest["expect"][];
const KEYS = ["tool", "command", "path", "url", "args", "agent", "tainted", "cwd", "expect", "rule"];
const SHORT_FORMS: ReadonlyMap<string, string> = new Map([
  ["command", "command"],
  ["path", "file_path"],
  ["url", "url"],
]);

/** The files with tests that lie beside policies: `policy.test.yml` beside `policy.yml`. */
export async function findPolicyTests(policies: readonly string[]): Promise<readonly string[]> {
  const found: string[] = [];
  for (const policy of policies) {
    const base = policy.slice(0, -extname(policy).length);
    for (const extension of [".yml", ".yaml", ".toml"]) {
      const file = `${base}.test${extension}`;
      if (
        await access(file).then(
          () => true,
          () => false,
        )
      )
        found.push(file);
    }
  }
  return found;
}

/**
 * Reads a file with tests: `version: 1` and `tests:`, each with `tool`, what the call is about (`command`, `path`, `url`
 * or `args`), `expect` and, where it matters, `rule`, `agent`, `tainted`, `cwd`. Throws a `PolicyError` with the place of
 * the first thing that is wrong.
 */
export async function readPolicyTests(file: string): Promise<readonly PolicyTest[]> {
  const source = await readSource(file, "tests");
  const fields = readFields(source, source.value, [], ["version", "description", "tests"]);
  if (fields["version"] !== 1) throw sourceError(source, { path: ["version"] }, 'A file with tests needs "version: 1"');
  const tests = readList(source, fields["tests"], ["tests"]);
  if (tests.length === 0) throw sourceError(source, { path: ["tests"] }, "There are no tests in this file");
  return tests.map((test, at) => readTest(source, test, ["tests", at]));
}

function readTest(source: PolicySource, value: unknown, path: SourcePath): PolicyTest {
  const fields = readFields(source, value, path, KEYS);
  for (const key of ["tool", "expect"]) {
    if (!Object.hasOwn(fields, key)) throw sourceError(source, { path }, `A test needs "${key}"`);
  }
  const args: Record<string, JsonObject[string]> = {};
  if (Object.hasOwn(fields, "args")) {
    // What a parser of YAML or TOML gives is JSON, but for dates, which `readFields` refuses as a map.
    Object.assign(args, readFields(source, fields["args"], [...path, "args"]));
  }
  for (const [key, name] of SHORT_FORMS) {
    const text = readText(source, fields, path, key);
    if (text !== undefined) args[name] = text;
  }
  const agent = readText(source, fields, path, "agent") ?? "main";
  const cwd = readText(source, fields, path, "cwd");
  const rule = readText(source, fields, path, "rule");
  const { line } = source.locate(path, "value");
  return {
    call: {
      tool: readText(source, fields, path, "tool") ?? "",
      args,
      agent,
      isTainted: readFlag(source, fields, { path, key: "tainted", fallback: false }),
      ...(cwd === undefined ? {} : { cwd }),
    },
    expect: readChoice(source, fields["expect"], [...path, "expect"], EFFECTS),
    file: source.file ?? "",
    ...(rule === undefined ? {} : { rule }),
    ...(line === undefined ? {} : { line }),
  };
}

/** Runs tests against an engine and tells which rules none of them matches. `cwd` is where calls happen that name none. */
export function runPolicyTests(
  engine: PolicyEngine,
  tests: readonly PolicyTest[],
  options: { readonly cwd?: string } = {},
): PolicyTestReport {
  const { cwd } = options;
  const matched = new Set<string>();
  const results = tests.map((test): PolicyTestResult => {
    const call = { ...(cwd === undefined ? {} : { cwd }), ...test.call };
    for (const match of engine.simulate(call)) matched.add(keyOf(match));
    const { effect, rule, reason, simulated } = engine.check(call);
    // A policy that is only simulated is tested for what it would answer.
    const answered = simulated?.effect ?? effect;
    const decidedBy = simulated?.rule ?? rule;
    const ok = answered === test.expect && (test.rule === undefined || test.rule === decidedBy);
    return {
      test,
      ok,
      effect: answered,
      reason: simulated?.reason ?? reason,
      ...(decidedBy === undefined ? {} : { rule: decidedBy }),
    };
  });
  const untested = engine.rules().filter((rule) => !matched.has(keyOf(rule)));
  return { results, untested, ok: results.every(({ ok }) => ok) };
}

function keyOf({ layer, file, line, rule }: Omit<PolicyMatch, "match">): string {
  return [layer, file, line, rule].join("\n");
}
