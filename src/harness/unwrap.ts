import { describeError, HarnessError } from "../errors/index.ts";
import type { ErrorCode, Result, ResultError } from "../spec/index.ts";
import type { AgentEnd } from "../agent/index.ts";

/** Carries the thrown error on a `Result` without showing it in logs and JSON. */
const ERROR = Symbol.for("harness-agent.result-error");

/** Gives a successful result back and throws the typed error of any other: its own error, or `signal.reason` of an abort. */
export function unwrap(result: Result): Result {
  if (result.stopReason === "end_turn") return result;
  if (ERROR in result) throw result[ERROR];
  const { error } = result;
  const code: ErrorCode =
    error === undefined || error.code === "aborted" || error.code === "unknown" ? "run_failed" : error.code;
  throw new HarnessError(error?.message ?? `The run stopped: ${result.stopReason}`, { code });
}

/** Puts the error of an end on its result. */
export function attachError<Value extends object>(result: Value, error: unknown): Value {
  if (error !== undefined) Object.defineProperty(result, ERROR, { value: error });
  return result;
}

/** The error of an end as data. Its message may be that of a provider or a proxy: `redact` takes secrets out of it. */
export function toResultError(
  { stopReason, error }: Pick<AgentEnd, "stopReason" | "error">,
  redact: (text: string) => string = (text) => text,
): ResultError | undefined {
  if (stopReason === "end_turn" || (error === undefined && stopReason !== "error")) return undefined;
  const message = redact(describeError(error));
  if (stopReason === "aborted") return { code: "aborted", message, retryable: false };
  if (!HarnessError.isInstance(error)) return { code: "unknown", message, retryable: false };
  const retryable = "isRetryable" in error && error.isRetryable === true;
  return { code: error.code, message, retryable };
}
