/** The message of anything that was thrown, for a result, a record or a log line. Never throws, never gives "". */
export function describeError(error: unknown): string {
  try {
    const message: unknown =
      typeof error === "object" && error !== null && "message" in error ? error.message : undefined;
    if (typeof message === "string" && message !== "") return message;
    return (error instanceof Error ? error.name : String(error)) || "Unknown error";
  } catch {
    return "Unknown error";
  }
}
