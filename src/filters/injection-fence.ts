import type { FilterFinding, Random, ResultFilter } from "../spec/index.ts";
import { scoreText } from "./detect-injection.ts";
import { fenceRevealed } from "./fence-tool-output.ts";
import { revealText } from "./reveal-text.ts";

/** Options of `createInjectionFence`. */
export interface InjectionFenceOptions {
  /** From which score on signs are reported as "injection" findings. @default 0.5 */
  readonly threshold?: number;
  /** Makes boundaries. @default the machine's randomness */
  readonly random?: Random;
}

/**
 * The filter for tools that read the outside world: fences their output and reports what hints at an injection. Texts
 * of trusted tools pass unchanged, so that a file is read as it is. There is no stream: what is untrusted is shown when
 * it is whole.
 */
export function createInjectionFence({ threshold = 0.5, random }: InjectionFenceOptions = {}): ResultFilter {
  return {
    name: "injection",
    appliesTo: ({ isUntrusted }) => isUntrusted,
    apply(text, { tool, isUntrusted }) {
      if (!isUntrusted) return { text, findings: [] };
      const revealed = revealText(text);
      const { score, findings: signs } = scoreText(revealed.text, revealed.findings);
      const suspected = score >= threshold ? signs.map((kind) => finding("injection", kind)) : [];
      const invisible = revealed.findings.map(({ kind, count }) => finding("invisible_text", kind, count));
      const boundary = random === undefined ? {} : { boundary: `fence-${random.id()}` };
      return {
        text: fenceRevealed(revealed.text, { source: tool, ...boundary }),
        findings: [...invisible, ...suspected],
      };
    },
  };
}

function finding(filter: string, kind: string, count = 1): FilterFinding {
  return { filter, kind, count };
}
