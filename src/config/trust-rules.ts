import type { SettingValue } from "./setting-kinds.ts";

/**
 * What an untrusted project may do to a setting: take it freely, tighten it, or nothing. Every rule answers for the
 * value that would hold without the project (`undefined`: nobody set it).
 */
export type TrustRule =
  | { readonly type: "free" }
  | { readonly type: "never" }
  /** Only this value tightens. */
  | { readonly type: "only"; readonly value: boolean }
  /** A smaller number tightens; also where there was no limit. */
  | { readonly type: "lower" }
  /** A larger number tightens; where nobody set one, nothing is more than forever. */
  | { readonly type: "higher" }
  /** Entries are added to what is there. */
  | { readonly type: "add" }
  /** Names from the loosest to the strictest; moving up tightens. */
  | { readonly type: "stricter"; readonly order: readonly string[]; readonly otherwise: string };

/** Whether an untrusted project may set a value, and to what. */
export type TrustAnswer =
  | { readonly isTaken: true; readonly value: SettingValue }
  | { readonly isTaken: false; readonly reason: string };

/** Applies a rule. Whatever is not clearly tighter is not taken. */
export function judgeUntrusted(rule: TrustRule, value: SettingValue, before: SettingValue | undefined): TrustAnswer {
  switch (rule.type) {
    case "free":
      return take(value);
    case "never":
      return refuse("an untrusted project may not set it");
    case "only":
      return value === rule.value ? take(value) : refuse(`an untrusted project may only set it to ${rule.value}`);
    case "lower":
      return typeof value === "number" && (before === undefined || (typeof before === "number" && value <= before))
        ? take(value)
        : refuse(`an untrusted project may only lower it (from ${String(before)})`);
    case "higher":
      return typeof value === "number" && typeof before === "number" && value >= before
        ? take(value)
        : refuse(`an untrusted project may only raise it (from ${before === undefined ? "forever" : String(before)})`);
    case "add":
      return take([...(isList(before) ? before : []), ...(isList(value) ? value : [])]);
    case "stricter": {
      const rank = (name: SettingValue | undefined): number => rule.order.indexOf(String(name ?? rule.otherwise));
      if (rank(value) >= rank(before) && rank(value) >= 0) return take(value);
      return refuse(`an untrusted project may not loosen it (from "${String(before ?? rule.otherwise)}")`);
    }
    default:
      return rule satisfies never;
  }
}

function isList(value: SettingValue | undefined): value is readonly string[] {
  return Array.isArray(value);
}

function take(value: SettingValue): TrustAnswer {
  return { isTaken: true, value };
}

function refuse(reason: string): TrustAnswer {
  return { isTaken: false, reason: `${reason}; trust the project (trustProject, --trust-project) to take it` };
}
