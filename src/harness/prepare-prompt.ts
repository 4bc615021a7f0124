import type { RunOptions } from "./run-options.ts";
import type { Settings } from "./settings.ts";
import { buildSystemPrompt, type SystemPrompt, type SystemPromptOptions } from "./system-prompt.ts";

/** Opens the system prompt of one run. */
export type PromptOpener = (run: Pick<SystemPromptOptions, "knowledge" | "hasTools">) => SystemPrompt;

/** Prepares the system prompt of runs with the same options: those that know the same have the same one. */
export function preparePrompt(
  { cwd, instructions, config }: Settings,
  { systemPrompt = config.run.systemPrompt }: RunOptions,
): PromptOpener {
  let latest: (SystemPrompt & Parameters<PromptOpener>[0]) | undefined;
  return ({ knowledge, hasTools }) => {
    if (latest === undefined || latest.knowledge !== knowledge || latest.hasTools !== hasTools) {
      const built = buildSystemPrompt({ systemPrompt, instructions, knowledge, cwd, hasTools });
      latest = { ...built, knowledge, hasTools };
    }
    return latest;
  };
}
