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
  const told: { fingerprint?: string; responseId?: string } = {};
  const [version, setup, id] = [asString(model) ?? "", asString(systemFingerprint) ?? "", asString(responseId) ?? ""];
  const fingerprint = version === "" || setup === "" ? version + setup : `${version}@${setup}`;
  if (fingerprint !== "") told.fingerprint = fingerprint.slice(0, 200);
  if (id !== "") told.responseId = id.slice(0, 200);
  return told;
}
