import type { Reasoning } from "../../spec/index.ts";

/** The word for each effort; an effort without a word is not sent. */
export type EffortWords = Readonly<Partial<Record<NonNullable<Reasoning["effort"]>, string>>>;

/** What OpenAI's models understand, judged by their ids; nothing in the API tells it. */
export interface ModelTraits {
  /** Models that don't reason refuse every field about it. */
  readonly reasons: boolean;
  /** The words for the efforts; where reasoning cannot be switched off, "none" is the least that there is. */
  readonly efforts: Required<EffortWords>;
}

/**
 * The traits of a model. Every model since the o-series reasons, but for the chat variant of GPT-5. Each generation knows
 * more efforts; models that are not known yet are taken for the newest.
 * Source: https://developers.openai.com/api/docs/guides/reasoning
 */
export function readModelTraits(id: string): ModelTraits {
  const name = id.replace(/^ft:/, "");
  const reasons = !/^(?:gpt-3|gpt-4|chatgpt-|gpt-5-chat)/.test(name);
  const [none, max] = readEnds(name);
  return { reasons, efforts: { none, low: "low", medium: "medium", high: "high", max } };
}

/** The words for the least and the most effort. */
function readEnds(name: string): readonly [string, string] {
  const isCodex = name.includes("codex");
  if (/^o\d/.test(name)) return ["low", "high"];
  const version = /^gpt-5(?:\.(\d+))?/.exec(name);
  if (version === null) return ["none", "max"];
  const minor = Number(version[1] ?? 0);
  const none = isCodex ? "low" : minor === 0 ? "minimal" : "none";
  if (minor >= 6) return [none, "max"];
  return [none, minor >= 2 || name.includes("codex-max") ? "xhigh" : "high"];
}
