import { INJECTION_SIGNS } from "./injection-signs.ts";
import { unfoldText } from "./unfold-text.ts";
import { revealText, type InvisibleFinding } from "./reveal-text.ts";

/** What hints at an injected instruction. */
export interface InjectionReport {
  /** 0 (nothing seen) to 1. */
  readonly score: number;
  /** The signs that were seen, such as "ignore_instructions" or "hidden_tags". */
  readonly findings: readonly string[];
}

/**
 * Looks for signs of instructions in what should be data. A signal for policies and people, never a defence: attackers
 * get around every such detector. What protects is what the gate lets a model do that has read such text.
 * Never throws; linear in the text.
 */
export function detectInjection(text: string): InjectionReport {
  const { text: revealed, findings } = revealText(text);
  return scoreText(revealed, findings);
}

/** The same for a text whose invisible characters are known already. */
export function scoreText(revealed: string, invisible: readonly InvisibleFinding[]): InjectionReport {
  const folded = foldSpace(revealed.normalize("NFKC"));
  const plain = signsIn(folded);
  const hidden = unfoldText(folded).flatMap(({ kind, text }) => {
    const more = signsIn(foldSpace(text)).filter((found) => !plain.some((known) => known.kind === found.kind));
    // Nobody hides by chance what speaks to a model.
    return more.length === 0 ? [] : [{ kind: `hidden_by_${kind}`, weight: 0.3 }, ...more];
  });
  const seen = unique([...invisible, ...plain, ...hidden].filter(({ weight }) => weight > 0));
  const doubt = seen.reduce((rest, { weight }) => rest * (1 - weight), 1);
  return { score: 1 - doubt, findings: seen.map(({ kind }) => kind) };
}

interface Seen {
  readonly kind: string;
  readonly weight: number;
}

function signsIn(text: string): readonly Seen[] {
  return INJECTION_SIGNS.filter(({ pattern }) => pattern.test(text));
}

/** A kind tells once, however many of its patterns are there. */
function unique(seen: readonly Seen[]): readonly Seen[] {
  return seen.filter(({ kind }, index) => seen.findIndex((other) => other.kind === kind) === index);
}

/** Phrases are found across line ends, but not across paragraphs. */
function foldSpace(text: string): string {
  return text.replaceAll(/\s+/g, (space) => (space.indexOf("\n") === space.lastIndexOf("\n") ? " " : "\n"));
}
