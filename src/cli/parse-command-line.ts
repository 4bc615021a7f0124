import { statSync } from "node:fs";
import { parseArgs } from "node:util";

import { suggestName } from "../errors/index.ts";
import { COMMANDS } from "./commands.ts";
import { UsageError } from "./usage-error.ts";

/** What the command line asks for. */
export interface CommandLine {
  readonly task: string | undefined;
  readonly provider: string | undefined;
  readonly model: string | undefined;
  readonly baseUrl: string | undefined;
  readonly session: string | undefined;
  readonly permission: string | undefined;
  readonly trustLevel: string | undefined;
  readonly sandbox: string | undefined;
  readonly maxTurns: number | undefined;
  readonly maxCost: number | undefined;
  readonly cwd: string | undefined;
  readonly config: string | undefined;
  readonly trustProject: boolean;
  readonly pause: boolean;
  readonly migrate: boolean;
  readonly retryStuck: boolean;
  readonly json: boolean;
  readonly help: boolean;
  readonly version: boolean;
}

const OPTIONS = {
  provider: { type: "string", short: "p" },
  model: { type: "string", short: "m" },
  "base-url": { type: "string" },
  session: { type: "string", short: "s" },
  permission: { type: "string" },
  "trust-level": { type: "string" },
  sandbox: { type: "string" },
  "max-turns": { type: "string" },
  "max-cost": { type: "string" },
  cwd: { type: "string" },
  config: { type: "string" },
  "trust-project": { type: "boolean", default: false },
  pause: { type: "boolean", default: false },
  migrate: { type: "boolean", default: false },
  "retry-stuck": { type: "boolean", default: false },
  json: { type: "boolean", default: false },
  help: { type: "boolean", short: "h", default: false },
  version: { type: "boolean", short: "V", default: false },
} as const;

/** Reads the arguments after the program's name. Throws a `UsageError` for whatever is not known. */
export function parseCommandLine(argv: readonly string[]): CommandLine {
  const { values, positionals } = parse(argv);
  if (positionals.length > 1) {
    const command = suggestName(positionals[0] ?? "", [...COMMANDS.keys()]);
    throw new UsageError(`One task is expected, not ${positionals.length}: put it in quotes.${command}`);
  }
  return {
    task: positionals[0],
    provider: values.provider,
    model: values.model,
    baseUrl: values["base-url"],
    session: values.session,
    permission: values.permission,
    trustLevel: values["trust-level"],
    sandbox: values.sandbox,
    maxTurns: toNumber("--max-turns", values["max-turns"], { isWhole: true }),
    maxCost: toNumber("--max-cost", values["max-cost"], { isWhole: false }),
    cwd: toFolder("--cwd", values.cwd),
    config: values.config,
    trustProject: values["trust-project"],
    pause: values.pause,
    migrate: values.migrate,
    retryStuck: values["retry-stuck"],
    json: values.json,
    help: values.help,
    version: values.version,
  };
}

function parse(argv: readonly string[]) {
  try {
    return parseArgs({ args: [...argv], options: OPTIONS, allowPositionals: true, strict: true });
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error);
    const unknown = /Unknown option '(-+)([^']+)'/.exec(message);
    if (unknown === null) throw new UsageError(message);
    const [, dashes = "--", name = ""] = unknown;
    const known = Object.keys(OPTIONS).map((option) => `--${option}`);
    throw new UsageError(`Unknown option ${dashes}${name}.${suggestName(`--${name}`, known)}`);
  }
}

function toFolder(option: string, path: string | undefined): string | undefined {
  if (path === undefined || statSync(path, { throwIfNoEntry: false })?.isDirectory() === true) return path;
  throw new UsageError(`${option} must be a directory that exists, not ${JSON.stringify(path)}`);
}

function toNumber(
  option: string,
  text: string | undefined,
  { isWhole }: { readonly isWhole: boolean },
): number | undefined {
  if (text === undefined) return undefined;
  const value = Number(text);
  const isValid = isWhole ? Number.isInteger(value) : Number.isFinite(value);
  if (text.trim() !== "" && isValid && value > 0) return value;
  throw new UsageError(`${option} must be a ${isWhole ? "whole " : ""}number above 0, not ${JSON.stringify(text)}`);
}
