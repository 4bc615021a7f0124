import type { StandardSchemaV1 } from "@standard-schema/spec";

/** What a schema made of a value. */
export type ParsedInput<Output> =
  { readonly isValid: true; readonly value: Output } | { readonly isValid: false; readonly problem: string };

/** More than this helps nobody. */
const MAX_ISSUES = 10;

/**
 * Runs any Standard Schema, at once where it can. Problems come as one text that a model or a person can act on. Throws,
 * or rejects, what the schema throws, and a `TypeError` for an answer in an unknown form.
 */
export function parseInput<Output>(
  schema: StandardSchemaV1<unknown, Output>,
  value: unknown,
): ParsedInput<Output> | Promise<ParsedInput<Output>> {
  const result = schema["~standard"].validate(value);
  // A promise that is not ours would else count as a result without issues.
  return "then" in result ? Promise.resolve(result).then(toParsed<Output>) : toParsed(result);
}

function toParsed<Output>(result: StandardSchemaV1.Result<Output>): ParsedInput<Output> {
  if (result.issues === undefined) return { isValid: true, value: result.value };
  return { isValid: false, problem: formatIssues(result.issues) };
}

function formatIssues(issues: readonly StandardSchemaV1.Issue[]): string {
  if (issues.length === 0) return "The value does not fit the schema";
  const more = issues.length > MAX_ISSUES ? `; and ${issues.length - MAX_ISSUES} more` : "";
  return issues.slice(0, MAX_ISSUES).map(formatIssue).join("; ") + more;
}

function formatIssue({ path, message }: StandardSchemaV1.Issue): string {
  if (path === undefined || path.length === 0) return message;
  const keys = path.map((segment) => String(typeof segment === "object" ? segment.key : segment));
  return `${keys.join(".")}: ${message}`;
}
