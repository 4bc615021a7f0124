import { digestJson, sha256 } from "../digest/index.ts";
import type { Tool } from "../spec/index.ts";
import type { PromptTemplate } from "./system-prompt.ts";

/** Digests of what an agent is made of: its instructions, and each tool as far as calls of it depend on it. */
export function defineAgent(
  systemPrompt: string | PromptTemplate | undefined,
  tools: readonly Tool[],
): Readonly<Record<string, string>> {
  const described = tools.map(({ name, inputSchema, effect, durability }) => {
    return [`tool ${name}`, digestJson({ inputSchema, effect, durability })] as const;
  });
  return Object.fromEntries([
    ["system prompt", sha256(typeof systemPrompt === "string" ? systemPrompt : (systemPrompt?.text ?? ""))],
    ...described,
  ]);
}
