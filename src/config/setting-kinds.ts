import { suggestName } from "../errors/index.ts";

/** What a setting's value must be. */
export type SettingKind =
  | { readonly type: "string" }
  | { readonly type: "boolean" }
  /** A path: `~/` is the home directory, else relative to the folder that holds `.harness`. */
  | { readonly type: "path" }
  | { readonly type: "strings"; readonly isPath?: boolean }
  | { readonly type: "integer"; readonly least: number }
  /** A number above 0. */
  | { readonly type: "amount" }
  | { readonly type: "choice"; readonly values: readonly string[] };

/** A value that a setting may have. */
export type SettingValue = string | boolean | number | readonly string[];

/** A value of the right kind, or what is wrong with it. */
export type CheckedValue =
  | { readonly isValid: true; readonly value: SettingValue }
  | { readonly isValid: false; readonly problem: string };

/** Checks a value against its kind. A single text stands for a list of one. */
export function checkValue(kind: SettingKind, value: unknown): CheckedValue {
  switch (kind.type) {
    case "string":
    case "path":
      return typeof value === "string" && value !== "" ? valid(value) : invalid("must be a text", value);
    case "boolean":
      return typeof value === "boolean" ? valid(value) : invalid("must be true or false", value);
    case "strings":
      return checkStrings(value);
    case "integer":
      return typeof value === "number" && Number.isSafeInteger(value) && value >= kind.least
        ? valid(value)
        : invalid(`must be a whole number of at least ${kind.least}`, value);
    case "amount":
      return typeof value === "number" && Number.isFinite(value) && value > 0
        ? valid(value)
        : invalid("must be a number above 0", value);
    case "choice":
      return typeof value === "string" && kind.values.includes(value)
        ? valid(value)
        : invalid(`must be one of ${kind.values.map((name) => `"${name}"`).join(", ")}`, value, kind.values);
    default:
      return kind satisfies never;
  }
}

/** Reads a value out of an environment variable, which is always text. */
export function readText(kind: SettingKind, text: string): unknown {
  if (kind.type === "boolean") return text === "true" || text === "1" ? true : text === "false" || text === "0" ? false : text;
  if (kind.type === "integer" || kind.type === "amount") return text.trim() === "" ? text : Number(text);
  return text;
}

function checkStrings(value: unknown): CheckedValue {
  if (typeof value === "string" && value !== "") return valid([value]);
  const isList = Array.isArray(value) && value.every((item) => typeof item === "string" && item !== "");
  return isList ? valid(value.map(String)) : invalid("must be a list of texts", value);
}

function valid(value: SettingValue): CheckedValue {
  return { isValid: true, value };
}

function invalid(rule: string, value: unknown, names: readonly string[] = []): CheckedValue {
  const suggestion = typeof value === "string" ? suggestName(value, names) : "";
  return { isValid: false, problem: `${rule}, not ${JSON.stringify(value) ?? String(value)}.${suggestion}` };
}
