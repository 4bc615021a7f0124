import type { ErrorCode } from "../spec/index.ts";

/** Marks our errors across duplicate copies of the package. */
const BRAND = Symbol.for("harness-agent.error");

/** What every error of Harness is made from. */
export interface HarnessErrorOptions {
  readonly code: ErrorCode;
  /** What was thrown below, kept as it came. */
  readonly cause?: unknown;
}

/**
 * The one error class of Harness; `code` tells what happened. Subclasses exist only where callers need more fields.
 * Misuse of the API is a `TypeError` or `RangeError`; an abort is `signal.reason`, unchanged.
 */
export class HarnessError extends Error {
  readonly code: ErrorCode;

  constructor(message: string, options: HarnessErrorOptions) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.name = new.target.name;
    this.code = options.code;
    Object.defineProperty(this, BRAND, { value: true });
  }

  /** Whether a value is an error of Harness, also of another copy of the package. */
  static isInstance(value: unknown): value is HarnessError {
    return typeof value === "object" && value !== null && BRAND in value;
  }
}
