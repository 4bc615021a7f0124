import { parse as parseYaml } from "yaml";
import { parseTOML } from "toml-eslint-parser";

import { checkKnownNames, describeError, suggestName, type KnownNames } from "../errors/index.ts";
import { matchGlob } from "../shell/index.ts";
import type { ConstraintRule } from "./constraint-rule.ts";

/** A form that files must have. */
export interface FormatRule {
  /** Globs for the path as the call writes it; `*` is any text, also "/". */
  readonly paths: readonly string[];
  /** A known form, a pattern for the whole text, or a function that says what is wrong. */
  readonly format: (typeof FORMATS)[number] | RegExp | ((text: string) => string | undefined);
}

const FORMATS = ["json", "jsonl", "yaml", "toml", "csv"] as const;
const NAMES: KnownNames<FormatRule> = { paths: true, format: true };

/**
 * Rules that refuse files which are not in their form. They look at whole files only: a part of one has no form. Throws a
 * `TypeError` for a rule that could never refuse anything.
 */
export function formatRules(formats: readonly FormatRule[]): readonly ConstraintRule[] {
  formats.forEach(checkFormat);
  return formats.map(({ paths, format }) => ({
    id: `format.${typeof format === "string" ? format : "own"}`,
    severity: "critical",
    check({ written }) {
      for (const { text, path, isWhole } of written) {
        if (!isWhole || path === undefined || !paths.some((glob) => matchGlob(glob, path))) continue;
        const problem = problemOf(text, format);
        if (problem !== undefined) return `${path} would not be in its form: ${problem}`;
      }
      return undefined;
    },
  }));
}

function checkFormat(rule: FormatRule): void {
  checkKnownNames("A format", rule, NAMES);
  const { paths, format } = rule;
  if (!Array.isArray(paths) || paths.length === 0) throw new TypeError("A format needs paths, a list of globs");
  if (format instanceof RegExp || typeof format === "function" || FORMATS.includes(format)) return;
  throw new TypeError(
    `There is no format "${String(format)}".${suggestName(String(format), FORMATS)} Formats: ${FORMATS.join(", ")}`,
  );
}

function problemOf(text: string, format: FormatRule["format"]): string | undefined {
  if (typeof format === "function") return format(text);
  if (format instanceof RegExp)
    return new RegExp(format.source, format.flags.replaceAll(/[gy]/g, "")).test(text)
      ? undefined
      : `it does not match ${String(format)}`;
  try {
    return parseAs(text, format);
  } catch (error) {
    return describeError(error);
  }
}

function parseAs(text: string, format: "json" | "jsonl" | "yaml" | "toml" | "csv"): string | undefined {
  switch (format) {
    case "json":
      JSON.parse(text);
      return undefined;
    case "jsonl":
      for (const line of text.split("\n")) if (line.trim() !== "") JSON.parse(line);
      return undefined;
    case "yaml":
      parseYaml(text, { maxAliasCount: 10, strict: true, uniqueKeys: true });
      return undefined;
    case "toml":
      parseTOML(text);
      return undefined;
    case "csv":
      return csvProblem(text);
    default:
      format satisfies never;
      return `"${String(format)}" is no known form`;
  }
}

/** RFC 4180, as far as one can tell: every row has as many fields as the first. */
function csvProblem(text: string): string | undefined {
  const counts: number[] = [];
  let fields = 1;
  let isQuoted = false;
  for (const character of `${text.replace(/\r?\n$/, "")}\n`) {
    if (character === '"') isQuoted = !isQuoted;
    else if (character === "," && !isQuoted) fields += 1;
    else if (character === "\n" && !isQuoted) {
      counts.push(fields);
      fields = 1;
    }
  }
  if (isQuoted) return "a quote is not closed";
  const odd = counts.findIndex((count) => count !== counts[0]);
  return odd === -1 ? undefined : `row ${odd + 1} has ${counts[odd]} fields and the first ${counts[0]}`;
}
