import type { HookVerdict, JsonObject, JsonValue } from "../spec/index.ts";

const MAX_DEPTH = 64;

/**
 * What a hook said, checked: code without types and hooks in other languages can return anything. Throws a `TypeError`
 * for an unknown form, which then counts as the hook's failure.
 */
export function readVerdict(value: unknown, isToolCall: boolean): HookVerdict {
  if (value === undefined || value === null) return { type: "proceed" };
  if (typeof value !== "object" || !("type" in value)) throw unknownForm(describe(value));
  const verdict: {
    readonly type: unknown;
    readonly reason?: unknown;
    readonly args?: unknown;
    readonly text?: unknown;
  } = value;
  switch (verdict.type) {
    case "proceed":
      return { type: "proceed" };
    case "deny":
    case "ask":
      return { type: verdict.type, reason: readText(verdict.reason, "reason") };
    case "modify":
      if (!isToolCall) throw new TypeError('only hooks of a tool call can return "modify"');
      return { type: "modify", args: readArgs(verdict.args) };
    case "guide":
      return { type: "guide", text: readText(verdict.text, "text") };
    default:
      throw unknownForm(`type ${describe(verdict.type)}`);
  }
}

function readText(value: unknown, name: string): string {
  if (typeof value === "string" && value !== "") return value;
  throw new TypeError(`its verdict needs a text as "${name}", got ${describe(value)}`);
}

function readArgs(value: unknown): JsonObject {
  const copy = copyJson(value, 0);
  if (typeof copy === "object" && copy !== null && !isArray(copy)) return copy;
  throw new TypeError(`"modify" needs an object as "args", got ${describe(value)}`);
}

/** A frozen copy: the hook keeps its object, and what it changes later must not reach what was judged. */
function copyJson(value: unknown, depth: number): JsonValue {
  if (depth > MAX_DEPTH) throw new TypeError(`"args" is nested deeper than ${MAX_DEPTH} levels or refers to itself`);
  if (value === null || typeof value === "string" || typeof value === "boolean") return value;
  if (typeof value === "number" && Number.isFinite(value)) return value;
  if (Array.isArray(value)) return Object.freeze(value.map((item) => copyJson(item, depth + 1)));
  if (typeof value !== "object" || !isPlain(value))
    throw new TypeError(`"args" holds ${describe(value)}, which is not JSON`);
  const entries = Object.entries(value).filter(([, item]) => item !== undefined);
  return Object.freeze(Object.fromEntries(entries.map(([key, item]) => [key, copyJson(item, depth + 1)])));
}

function isPlain(value: object): boolean {
  const prototype: unknown = Object.getPrototypeOf(value);
  return prototype === null || Object.getPrototypeOf(prototype) === null;
}

/** `Array.isArray` does not narrow readonly arrays. */
function isArray(value: JsonValue): value is readonly JsonValue[] {
  return Array.isArray(value);
}

function unknownForm(found: string): TypeError {
  return new TypeError(
    `its verdict has an unknown form (${found}); return nothing or { type: "proceed" | "deny" | "ask" | "modify" | "guide" }`,
  );
}

function describe(value: unknown): string {
  return typeof value === "string" ? JSON.stringify(value.slice(0, 40)) : value === null ? "null" : typeof value;
}
