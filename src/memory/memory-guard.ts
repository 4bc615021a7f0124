import type { Check, CheckAnswer } from "../spec/index.ts";
import { MEMORY_WRITE_TOOL } from "./memory-tools.ts";

const NO_OPINION: CheckAnswer = { effect: "none", basis: "default", reason: "Memory is not written" };

/**
 * The question of the gate about memory: what content from outside says must not find its way into every later session.
 * With such content in the context a person has to look at each write, in every mode; nobody there = denied.
 */
export function createMemoryGuard(): Check {
  return {
    check({ tool }, { labels }) {
      if (tool.name !== MEMORY_WRITE_TOOL || !labels.isTainted) return NO_OPINION;
      const sources = labels.sources
        .filter(({ kind }) => kind === "untrusted")
        .map((source) => source.origin ?? source.tool);
      return {
        effect: "ask",
        basis: "rule",
        rule: "tainted-memory",
        reason: `The context holds content from outside (${sources.slice(0, 3).join(", ")}): a person must see what is remembered of it`,
      };
    },
  };
}
