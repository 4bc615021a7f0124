import { HarnessError } from "./harness-error.ts";

/** A sandbox is not there or could not start a command. A command that fails is a result, not an error. */
export class SandboxError extends HarnessError {
  constructor(
    message: string,
    options: { readonly code?: "sandbox_unavailable" | "sandbox_failed"; readonly cause?: unknown } = {},
  ) {
    super(message, { code: options.code ?? "sandbox_failed", cause: options.cause });
  }

  static override isInstance(value: unknown): value is SandboxError {
    return HarnessError.isInstance(value) && (value.code === "sandbox_failed" || value.code === "sandbox_unavailable");
  }
}

/** An audit log does not hold together: a record was edited, removed or cannot be read. */
export class AuditChainError extends HarnessError {
  constructor(message: string, options: { readonly cause?: unknown } = {}) {
    super(message, { code: "audit_chain_broken", cause: options.cause });
  }

  static override isInstance(value: unknown): value is AuditChainError {
    return HarnessError.isInstance(value) && value.code === "audit_chain_broken";
  }
}

/** A session was recorded under other circumstances than those it is resumed with. */
export class ResumeMismatchError extends HarnessError {
  constructor(message: string, options: { readonly cause?: unknown } = {}) {
    super(message, { code: "resume_mismatch", cause: options.cause });
  }

  static override isInstance(value: unknown): value is ResumeMismatchError {
    return HarnessError.isInstance(value) && value.code === "resume_mismatch";
  }
}
