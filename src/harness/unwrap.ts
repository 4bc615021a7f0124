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

/** Options of `toResultError`. */
export interface ResultErrorOptions {
  /** Takes secrets out of a message, which may be that of a provider or a proxy. */
  readonly redact?: ((text: string) => string) | undefined;
  /** What options ask for was being opened: misuse is theirs. @default false */
  readonly isOpening?: boolean | undefined;
}

/** The error of an end as data. */
export function toResultError(
  { stopReason, error }: Pick<AgentEnd, "stopReason" | "error">,
  { redact = (text) => text, isOpening = false }: ResultErrorOptions = {},
): ResultError | undefined {
  if (stopReason === "end_turn" || (error === undefined && stopReason !== "error")) return undefined;
  const message = redact(describeError(error));
  if (stopReason === "aborted") return { code: "aborted", message, retryable: false };
  if (!HarnessError.isInstance(error)) {
    const isMisuse = isOpening && (error instanceof TypeError || error instanceof RangeError);
    return { code: isMisuse ? "options_invalid" : "unknown", message, retryable: false };
  }
  const retryable = "isRetryable" in error && error.isRetryable === true;
  return { code: error.code, message, retryable };
}
