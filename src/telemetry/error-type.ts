import { describeError, HarnessError, ProviderError } from "../errors/index.ts";

/** What broke, as a word of which there are few: `error.type` of the conventions. */
export function errorType(error: unknown): string {
  if (ProviderError.isInstance(error) && error.status !== undefined) return String(error.status);
  if (HarnessError.isInstance(error)) return error.code;
  if (error instanceof Error && error.name !== "") return error.name;
  return "_OTHER";
}

/** What broke, for the status of a span: what was thrown may quote a request, so it goes through the redactor. */
export function errorMessage(error: unknown, redact: ((text: string) => string) | undefined): string | undefined {
  if (redact === undefined) return undefined;
  try {
    return redact(describeError(error)).slice(0, 1000);
  } catch {
    // What cannot be redacted is not told.
    return undefined;
  }
}
