import { HarnessError } from "./harness-error.ts";

/** A place in a file. */
export interface SourcePosition {
  readonly file?: string;
  /** From 1. */
  readonly line?: number;
  /** From 1. */
  readonly column?: number;
  readonly cause?: unknown;
}

/** Shared by errors that point into a file; the place stands in front of the message, as compilers write it. */
abstract class SourceError extends HarnessError {
  readonly file: string | undefined;
  readonly line: number | undefined;
  readonly column: number | undefined;

  constructor(message: string, code: "config_invalid" | "policy_invalid", position: SourcePosition) {
    super(`${formatPosition(position)}${message}`, { code, cause: position.cause });
    this.file = position.file;
    this.line = position.line;
    this.column = position.column;
  }
}

/** A configuration that cannot be used: bad TOML, an unknown key, a bad value. */
export class ConfigError extends SourceError {
  constructor(message: string, position: SourcePosition = {}) {
    super(message, "config_invalid", position);
  }

  static override isInstance(value: unknown): value is ConfigError {
    return HarnessError.isInstance(value) && value.code === "config_invalid";
  }
}

/** A policy that cannot be used: bad YAML, an unknown condition, a pattern that does not compile, a missing parent. */
export class PolicyError extends SourceError {
  constructor(message: string, position: SourcePosition = {}) {
    super(message, "policy_invalid", position);
  }

  static override isInstance(value: unknown): value is PolicyError {
    return HarnessError.isInstance(value) && value.code === "policy_invalid";
  }
}

function formatPosition({ file, line, column }: SourcePosition): string {
  if (file === undefined) return "";
  const place = [file, line, line === undefined ? undefined : column].filter((part) => part !== undefined);
  return `${place.join(":")}: `;
}
