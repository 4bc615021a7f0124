import { HarnessError } from "./harness-error.ts";

const SANDBOX_CODES = ["sandbox_unavailable", "sandbox_failed", "command_blocked"] as const;

/** What a sandbox throws: it is not there, could not start a command, or may not start it. */
export type SandboxErrorCode = (typeof SANDBOX_CODES)[number];

/** A sandbox is not there, could not start a command, or refuses it. A command that fails is a result, not an error. */
export class SandboxError extends HarnessError {
  constructor(message: string, options: { readonly code?: SandboxErrorCode; readonly cause?: unknown } = {}) {
    super(message, { code: options.code ?? "sandbox_failed", cause: options.cause });
  }

  static override isInstance(value: unknown): value is SandboxError {
    return HarnessError.isInstance(value) && SANDBOX_CODES.some((code) => code === value.code);
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
