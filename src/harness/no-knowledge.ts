import type { Knowledge } from "./open-knowledge.ts";

/** What stands in where an agent has neither skills nor memory. */
export const noKnowledge: Knowledge = { tools: [], text: "", narrowings: [], guard: (taint) => taint };
