/** The message of anything that was thrown, for a result, a record or a log line. Never throws. */
export function describeError(error: unknown): string {
  if (error instanceof Error) return error.message || error.name;
  try {
    return String(error);
  } catch {
    return "Unknown error";
  }
}
