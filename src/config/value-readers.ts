import { isAbsolute, join, resolve } from "node:path";

import { suggestName } from "../errors/index.ts";
import { readRules } from "../permission/permission-rules.ts";
import { BadValue } from "./bad-value.ts";

/** What a value is read against. */
export interface ReadContext {
  /** Relative paths start here. */
  readonly root: string;
  readonly home: string;
}

/** Turns a parsed value into a setting, or throws a `BadValue` that says what it must be. */
export type ValueReader<Value> = (value: unknown, context: ReadContext) => Value;

/** A text that is not empty. */
export const text: ValueReader<string> = (value) => {
  if (typeof value !== "string" || value.trim() === "") throw new BadValue("must be a text that is not empty");
  // No path, name or program holds one; whatever is compared with it would never be the same.
  if (value.includes("\0")) throw new BadValue("must be a text without NUL characters");
  return value;
};

/** true or false. */
export const yesOrNo: ValueReader<boolean> = (value) => {
  if (typeof value !== "boolean") throw new BadValue(`must be true or false, not ${show(value)}`);
  return value;
};

/** A number above 0. */
export const amount: ValueReader<number> = (value) => {
  if (typeof value === "number" && Number.isFinite(value) && value > 0) return value;
  throw new BadValue(`must be a number above 0, not ${show(value)}; leave it out for no limit`);
};

/** Any number. */
export const anyNumber: ValueReader<number> = (value) => {
  if (typeof value === "number" && Number.isFinite(value)) return value;
  throw new BadValue(`must be a number, not ${show(value)}`);
};

/** USD for a million tokens: a number from 0 on. */
export const price: ValueReader<number> = (value) => {
  if (typeof value === "number" && Number.isFinite(value) && value >= 0) return value;
  throw new BadValue(`must be USD for a million tokens, a number from 0 on, not ${show(value)}`);
};

/** A share: above 0, at most 1. */
export const share: ValueReader<number> = (value) => {
  if (typeof value === "number" && value > 0 && value <= 1) return value;
  throw new BadValue(`must be a share above 0 and at most 1, such as 0.8, not ${show(value)}`);
};

/** A whole number from 1 on. */
export const count: ValueReader<number> = (value) => {
  if (typeof value === "number" && Number.isSafeInteger(value) && value > 0) return value;
  throw new BadValue(`must be a whole number from 1 on, not ${show(value)}; leave it out for no limit`);
};

/** An address with http or https. */
export const webAddress: ValueReader<string> = (value) => {
  // Not shown: an address may carry a password.
  if (typeof value === "string" && URL.canParse(value) && /^https?:$/.test(new URL(value).protocol)) return value;
  throw new BadValue("must be an address that begins with http:// or https://");
};

/** One of a few words. */
export function oneOf<Word extends string>(words: readonly Word[]): ValueReader<Word> {
  return (value) => {
    const word = words.find((candidate) => candidate === value);
    if (word !== undefined) return word;
    const hint = typeof value === "string" ? suggestName(value, words) : "";
    throw new BadValue(`must be one of ${words.map(show).join(", ")}, not ${show(value)}.${hint}`);
  };
}

/** A list of texts. */
export const texts: ValueReader<readonly string[]> = (value, context) => {
  if (!Array.isArray(value)) throw new BadValue(`must be a list of texts, not ${show(value)}`);
  return value.map((item: unknown) => text(item, context));
};

/** A list of permission rules, each of which can be read: one that is found to be wrong later has no line any more. */
export const rules: ValueReader<readonly string[]> = (value, context) => {
  const written = texts(value, context);
  for (const rule of written) {
    try {
      readRules({ allow: [rule] });
    } catch {
      throw new BadValue(`must be a list of rules such as "Bash", "mcp__*" or "Bash(git *)", not ${show(rule)}`);
    }
  }
  return written;
};

/** A path: absolute, from the home (`~/`), or from the folder that holds `.harness`. */
export const path: ValueReader<string> = (value, context) => {
  const written = expandHome(text(value, context), context);
  return isAbsolute(written) ? resolve(written) : resolve(context.root, written);
};

/** One path or a list of them. */
export const paths: ValueReader<readonly string[]> = (value, context) =>
  typeof value === "string" ? [path(value, context)] : texts(value, context).map((item) => path(item, context));

/** Patterns of paths: what they start from is for the reader of the pattern to know. */
export const pathPatterns: ValueReader<readonly string[]> = (value, context) =>
  texts(value, context).map((item) => expandHome(item, context));

function expandHome(written: string, { home }: ReadContext): string {
  return written === "~" || written.startsWith("~/") ? join(home, written.slice(1)) : written;
}

function show(value: unknown): string {
  if (typeof value === "string") return JSON.stringify(value.slice(0, 100));
  if (Array.isArray(value)) return "a list";
  if (typeof value === "number" || typeof value === "boolean") return String(value);
  return "a table or date";
}
