import type { PlannedTask } from "../../catalogue/index.ts";

/** A row of the seed's table of capacities, with what it says that the row costs. */
export interface SeedRow {
  readonly task: PlannedTask;
  /** USD a day, as the seed claims. */
  readonly claimed: number;
}

/** Of the tokens that the seed gives as one number. */
const PROMPT_SHARE = 0.8;

/**
 * The table of the seed's tutorial (chapter 9), with the models that it names. It gives tokens of a task as one number;
 * four fifths are taken as prompt here.
 */
export const SEED_PLAN: readonly SeedRow[] = [
  row("PR Reviews", { perDay: 10, tokens: 5_000, model: "claude-sonnet-4-20250514", claimed: 0.9 }),
  row("Issue Triage", { perDay: 20, tokens: 2_000, model: "claude-haiku-4-5-20251001", claimed: 0.12 }),
  row("Code Generation", { perDay: 5, tokens: 50_000, model: "claude-sonnet-4-20250514", claimed: 4.5 }),
  row("Security Scans", { perDay: 3, tokens: 30_000, model: "claude-opus-4-20250514", claimed: 13.5 }),
];

/** Today's model of the same family, for the column beside. */
export const TODAY: ReadonlyMap<string, string> = new Map([
  ["claude-sonnet-4-20250514", "sonnet"],
  ["claude-haiku-4-5-20251001", "haiku"],
  ["claude-opus-4-20250514", "opus"],
]);

function row(
  name: string,
  given: { readonly perDay: number; readonly tokens: number; readonly model: string; readonly claimed: number },
): SeedRow {
  const { perDay, tokens, model, claimed } = given;
  const inputTokens = tokens * PROMPT_SHARE;
  return { task: { name, perDay, model, inputTokens, outputTokens: tokens - inputTokens }, claimed };
}
