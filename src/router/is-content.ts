import type { ModelStreamPart } from "../spec/index.ts";

/** Whether a part is something that the reader has seen and that a second attempt would repeat. */
export function isContent({ type }: ModelStreamPart): boolean {
  return type === "text-delta" || type === "reasoning-delta" || type === "tool-call" || type === "finish";
}
