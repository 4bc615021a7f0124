/** What a request must know of the model that it goes to. */
export interface ModelTraits {
  /** How much thinking is asked for: by a level (from Gemini 3 on), by tokens (2.5), or not at all. */
  readonly thinking: "level" | "budget" | "none";
  /** The large ones can't stop thinking. */
  readonly isPro: boolean;
  /** Refuses a call in the history that carries no signature. */
  readonly demandsSignatures: boolean;
}

/** Judges a model by its id; an unknown one is taken for a new one. */
export function readModelTraits(id: string): ModelTraits {
  const generation = /gemini-(\d+)(?:\.(\d+))?/.exec(id);
  const isPro = /-pro\b/.test(id);
  if (id.includes("gemma")) return { thinking: "none", isPro, demandsSignatures: false };
  const major = Number(generation?.[1] ?? 3);
  if (major >= 3) return { thinking: "level", isPro, demandsSignatures: true };
  const thinks = major === 2 && generation?.[2] === "5";
  return { thinking: thinks ? "budget" : "none", isPro, demandsSignatures: false };
}
