import { asString } from "./wire.ts";

/** What a vendor says of who answered. */
export interface Answerer {
  /** The model that was served: its full version, which may be newer than the name that was asked for. */
  readonly model?: unknown;
  /** What tells whether the vendor's own setup changed. */
  readonly systemFingerprint?: unknown;
  readonly responseId?: unknown;
}

/** The part of an answer's end that tells what really answered; what the vendor does not say is left out. */
export function whoAnswered({ model, systemFingerprint, responseId }: Answerer): {
  readonly fingerprint?: string;
  readonly responseId?: string;
} {
  const named = [asString(model), asString(systemFingerprint)].filter((text) => text !== undefined && text !== "");
  const id = asString(responseId);
  return {
    ...(named.length > 0 && { fingerprint: named.join("@").slice(0, 200) }),
    ...(id !== undefined && id !== "" && { responseId: id.slice(0, 200) }),
  };
}
