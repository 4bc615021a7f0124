import type { StandardSchemaV1 } from "@standard-schema/spec";

/** What a schema made of a value. */
export type ParsedInput<Output> =
  | { readonly isValid: true; readonly value: Output }
  | { readonly isValid: false; readonly problem: string };

/** Runs any Standard Schema. Problems come as one text that a model or a person can act on. */
export async function parseInput<Output>(
  schema: StandardSchemaV1<unknown, Output>,
  value: unknown,
): Promise<ParsedInput<Output>> {
  const pending = schema["~standard"].validate(value);
  const result = pending instanceof Promise ? await pending : pending;
  if (result.issues === undefined) return { isValid: true, value: result.value };
  return { isValid: false, problem: formatIssues(result.issues) };
}

function formatIssues(issues: readonly StandardSchemaV1.Issue[]): string {
  return issues.slice(0, 10).map(formatIssue).join("; ");
}

function formatIssue({ path, message }: StandardSchemaV1.Issue): string {
  if (path === undefined || path.length === 0) return message;
  const keys = path.map((segment) => String(typeof segment === "object" ? segment.key : segment));
  return `${keys.join(".")}: ${message}`;
}
