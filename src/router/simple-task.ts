import type { ModelRequest } from "../spec/index.ts";

/** Words of tasks that need judgement over many steps, in the languages of commit messages and tickets: English. */
const DEMANDING =
  /\b(architect\w*|design\w*|refactor\w*|migrat\w*|implement\w*|debug\w*|optimi[sz]\w*|secur\w*|audit\w*|investigat\w*|rewrit\w*|analy[sz]e\w*|prove\w*|concurren\w*|deadlock\w*|root cause)\b/i;

const MAX_CHARS = 600;

/**
 * Whether a task is simple: its first prompt is short, without code, files or images, and asks for nothing demanding.
 * Only the first prompt counts, so that the answer stays the same for the whole conversation.
 */
export function isSimpleTask({ messages, output }: ModelRequest): boolean {
  const first = messages.find((message) => message.role === "user");
  if (first === undefined || output !== undefined) return false;
  let text = "";
  for (const part of first.content) {
    if (part.type !== "text") return false;
    text += part.text;
  }
  return text.length <= MAX_CHARS && !text.includes("```") && !DEMANDING.test(text);
}
