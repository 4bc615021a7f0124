import type { ToolOutputObject } from "../spec/index.ts";

/** A failure that the model can react to. */
export function toolError(content: string): ToolOutputObject & { readonly isError: true } {
  return { content, isError: true };
}
