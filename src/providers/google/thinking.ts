import type { Reasoning } from "../../spec/index.ts";
import type { ModelTraits } from "./model-traits.ts";

type Effort = NonNullable<Reasoning["effort"]>;

const LEVELS: Readonly<Record<Effort, string>> = {
  none: "MINIMAL",
  low: "LOW",
  medium: "MEDIUM",
  high: "HIGH",
  max: "HIGH",
};

/** Tokens; the vendor's own limits are 24 576 and, for Pro, 128 to 32 768. */
const BUDGETS: Readonly<Record<Effort, number>> = { none: 0, low: 1_024, medium: 8_192, high: 24_576, max: 24_576 };
const PRO_BUDGETS: Readonly<Record<Effort, number>> = { ...BUDGETS, none: 128, max: 32_768 };

/** The `thinkingConfig` of a request; nothing for a model that does not think, which would refuse it. */
export function toThinkingConfig(reasoning: Reasoning | undefined, traits: ModelTraits): object {
  if (reasoning === undefined || traits.thinking === "none") return {};
  const { effort, maxTokens } = reasoning;
  if (effort === undefined && maxTokens === undefined) return {};
  const includeThoughts = effort !== "none" && maxTokens !== 0;
  return { thinkingConfig: { includeThoughts, ...toAmount(reasoning, traits) } };
}

/** Level or tokens: the vendor refuses both at once. */
function toAmount({ effort, maxTokens }: Reasoning, { thinking, isPro }: ModelTraits): object {
  if (maxTokens !== undefined && effort !== "none") return { thinkingBudget: maxTokens };
  if (effort === undefined) return {};
  if (thinking === "budget") return { thinkingBudget: (isPro ? PRO_BUDGETS : BUDGETS)[effort] };
  return { thinkingLevel: isPro && effort === "none" ? LEVELS.low : LEVELS[effort] };
}
