import { readFileSync } from "node:fs";
import { resolve } from "node:path";
import { parseArgs } from "node:util";

import { suggestName } from "../../errors/index.ts";
import { PolicyEngine, type PolicyCall } from "../../policy/index.ts";
import type { JsonObject } from "../../spec/index.ts";
import { UsageError } from "../usage-error.ts";

/** What every `harness policy …` takes. */
export interface PolicyOptions {
  readonly files: readonly string[];
  readonly cwd: string;
  readonly trustProject: boolean;
  readonly json: boolean;
  readonly agent: string;
  readonly isTainted: boolean;
  readonly positionals: readonly string[];
}

const OPTIONS = {
  policy: { type: "string", multiple: true, default: [] as string[] },
  cwd: { type: "string" },
  "trust-project": { type: "boolean", default: false },
  json: { type: "boolean", default: false },
  agent: { type: "string", default: "main" },
  tainted: { type: "boolean", default: false },
} as const;

/** Reads the arguments behind `harness policy ACTION`. Throws a `UsageError` for what is not known. */
export function readPolicyOptions(args: readonly string[]): PolicyOptions {
  const { values, positionals } = parse(args);
  return {
    files: values.policy,
    cwd: resolve(values.cwd ?? process.cwd()),
    trustProject: values["trust-project"],
    json: values.json,
    agent: values.agent,
    isTainted: values.tainted,
    positionals,
  };
}

function parse(args: readonly string[]) {
  try {
    return parseArgs({ args: [...args], options: OPTIONS, allowPositionals: true, strict: true });
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error);
    const [, name] = /Unknown option '-+([^']+)'/.exec(message) ?? [];
    throw new UsageError(
      name === undefined ? message : `Unknown option --${name}.${suggestName(name, Object.keys(OPTIONS))}`,
    );
  }
}

/**
 * Loads the policy as a run in this folder would. With `--policy` only those files and their parents, so that a policy
 * can be tried on a machine that has others.
 */
export async function loadPolicy({ files, cwd, trustProject }: PolicyOptions): Promise<PolicyEngine> {
  const paths = files.map((file) => (file.startsWith("~/") ? file : resolve(file)));
  const engine = await PolicyEngine.load({
    cwd,
    trustProject,
    ...(paths.length > 0 ? { paths, discover: false } : {}),
  });
  if (engine.rules().length > 0 || engine.files.length > 0) return engine;
  throw new UsageError("There is no policy here: name one with --policy FILE, or write .harness/policy.yml");
}

/** What a text on the command line is about, by the tool's name. */
const SUBJECTS: ReadonlyMap<string, string> = new Map([
  ["Bash", "command"],
  ["WebFetch", "url"],
  ["Glob", "path"],
  ["Grep", "path"],
]);

/** Reads `TOOL SUBJECT` or `TOOL '{"…"}'` as a call. */
export function readCall({ positionals, cwd, agent, isTainted }: PolicyOptions): PolicyCall {
  const [tool, subject = "{}", ...more] = positionals;
  if (tool === undefined || more.length > 0) {
    throw new UsageError(
      'A call is needed: TOOL and what it is about, such as: Bash "git push"; or its arguments as JSON',
    );
  }
  const args = subject.trimStart().startsWith("{")
    ? parseObject(subject, "the arguments")
    : { [SUBJECTS.get(tool) ?? "file_path"]: subject };
  return { tool, args, cwd, agent, isTainted };
}

/** Reads calls from lines of JSON: `{"tool": …, "args": {…}}`. */
export function readCalls(text: string, { cwd, agent, isTainted }: PolicyOptions): readonly PolicyCall[] {
  return text
    .split("\n")
    .filter((line) => line.trim() !== "")
    .map((line, at) => {
      const { tool, args } = parseObject(line, `line ${at + 1}`);
      if (typeof tool !== "string" || typeof args !== "object" || args === null || Array.isArray(args)) {
        throw new UsageError(`line ${at + 1} needs "tool" (a text) and "args" (an object)`);
      }
      return { tool, args: args as JsonObject, cwd, agent, isTainted };
    });
}

function parseObject(text: string, what: string): JsonObject {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (cause) {
    throw new UsageError(`${what} must be a JSON object: ${cause instanceof Error ? cause.message : String(cause)}`);
  }
  if (typeof value !== "object" || value === null || Array.isArray(value)) {
    throw new UsageError(`${what} must be a JSON object`);
  }
  // What JSON.parse gives is JSON.
  return value as JsonObject;
}

/** All of standard input, where something is piped in. */
export function readStdin(): string {
  return readFileSync(0, "utf8");
}
