import { createHash } from "node:crypto";

/** Which tool-call ids a vendor takes; others are rewritten, the same way for a call and its result. */
export type ToolCallIdForm = "openai" | "nine-letters";

const OPENAI_ID = /^[a-zA-Z0-9_-]{1,64}$/;
const NINE_LETTERS = /^[a-zA-Z0-9]{9}$/;

/**
 * The id under which a call of any vendor is replayed. A pure function of the id, so that a call and its result meet
 * again without a table. `nine-letters` is Mistral's form: exactly nine letters or digits.
 */
export function toWireId(id: string, form: ToolCallIdForm): string {
  const isAllowed = form === "openai" ? OPENAI_ID.test(id) : NINE_LETTERS.test(id);
  if (isAllowed) return id;
  const digest = createHash("sha256").update(id).digest("hex");
  if (form === "openai") return `call_${digest.slice(0, 32)}`;
  return BigInt(`0x${digest.slice(0, 16)}`)
    .toString(36)
    .padStart(9, "0")
    .slice(-9);
}
