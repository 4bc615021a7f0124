import { PolicyError } from "../errors/index.ts";

/** A way into a document: `["rules", 0, "tool"]`. */
export type SourcePath = readonly (string | number)[];

/** A document that was parsed but not yet checked, with the places of its parts. */
export interface PolicySource {
  readonly file?: string;
  readonly value: unknown;
  /** Where a part stands: its key, or its value. Lines and columns count from 1. */
  locate(path: SourcePath, part: "key" | "value"): { readonly line?: number; readonly column?: number };
}

/** An error that points at a part of a document. */
export function sourceError(
  source: PolicySource,
  at: { readonly path: SourcePath; readonly part?: "key" | "value"; readonly cause?: unknown },
  message: string,
): PolicyError {
  const { path, part = "value", cause } = at;
  const place = source.locate(path, part);
  return new PolicyError(message, {
    ...(source.file === undefined ? {} : { file: source.file }),
    ...place,
    ...(cause === undefined ? {} : { cause }),
  });
}
