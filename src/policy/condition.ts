import type { CommandMatch } from "../shell/index.ts";
import type { CallFacts } from "./call-facts.ts";

/** Whether a condition holds for a call. */
export type Condition = (facts: CallFacts) => CommandMatch;
