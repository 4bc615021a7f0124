import { mkdirSync, readFileSync, renameSync, writeFileSync } from "node:fs";
import { randomUUID } from "node:crypto";
import { dirname } from "node:path";

import { ConfigError } from "../errors/index.ts";
import type { JsonValue } from "../spec/index.ts";
import { isSameRule, readRule, type MinimalRule } from "./minimal-rule.ts";

/** An approval that holds for good. */
export interface KeptGrant {
  /** The folder in which it was given. */
  readonly project: string;
  readonly rule: MinimalRule;
  /** Milliseconds since the epoch. */
  readonly grantedAt: number;
  readonly approver?: string;
}

/** The file of approvals that hold for good. Only its user can read it. */
export interface GrantFile {
  readonly path: string;
  /** Throws a `ConfigError` for a file that cannot be read: then everything is asked about. */
  read(): readonly KeptGrant[];
  add(grant: KeptGrant): void;
}

/** Opens the file; it is made when the first approval is kept. It is small, and looked at only when something is asked. */
export function openGrantFile(path: string): GrantFile {
  const read = (): readonly KeptGrant[] => readGrants(path);
  return {
    path,
    read,
    add(grant) {
      const others = read().filter(({ project, rule }) => project !== grant.project || !isSameRule(rule, grant.rule));
      mkdirSync(dirname(path), { recursive: true, mode: 0o700 });
      // Replaced in one step: another process reads the old file or the new one, never half of it.
      const temporary = `${path}.${randomUUID()}`;
      const text = JSON.stringify({ version: 1, grants: [...others, grant] }, undefined, 2);
      writeFileSync(temporary, `${text}\n`, { mode: 0o600, flag: "wx" });
      renameSync(temporary, path);
    },
  };
}

function readGrants(path: string): readonly KeptGrant[] {
  let text: string;
  try {
    text = readFileSync(path, "utf8");
  } catch (error) {
    if (error instanceof Error && "code" in error && error.code === "ENOENT") return [];
    throw error;
  }
  try {
    // JSON of any shape, read field by field below.
    const { version, grants } = JSON.parse(text) as Readonly<Record<string, JsonValue | undefined>>;
    if (version !== 1 || !Array.isArray(grants)) throw new TypeError("it has another shape");
    return grants.map((grant: JsonValue) => readGrant(grant));
  } catch (cause) {
    throw new ConfigError(`The file of approvals cannot be read; repair or remove it`, { file: path, cause });
  }
}

function readGrant(value: JsonValue): KeptGrant {
  const { project, rule, grantedAt, approver } = value as Readonly<Record<string, JsonValue | undefined>>;
  const read = readRule(rule);
  if (typeof project !== "string" || read === undefined || typeof grantedAt !== "number") {
    throw new TypeError("an approval in it has another shape");
  }
  return { project, rule: read, grantedAt, ...(typeof approver === "string" ? { approver } : {}) };
}
