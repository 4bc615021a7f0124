/**
 * A kind of secret and how to see it. A pattern matches within one line and in linear time: no nested quantifiers, and
 * nothing may be required behind a long run that can begin at every character. Every run has a bound (the engine's stack
 * ends at a few million characters); what is longer is redacted to its end all the same.
 */
export interface SecretRule {
  /** Stands in the text for the secret: `[REDACTED:<kind>]`. Lower-case letters, digits and "_". */
  readonly kind: string;
  /**
   * Texts of which one is in every match: without them the pattern is not tried. Lower case; compared without case
   * where the pattern has the flag "i", exactly otherwise.
   */
  readonly hints: readonly string[];
  /** Whether hints are compared without case. @default as the pattern's flag "i" says */
  readonly ignoresCase?: boolean;
  /** The secret is the second group where there are two (the first is what stands before it), otherwise all of it. */
  readonly pattern: RegExp;
  /** The number of the group that is the secret, wherever it stands; `only`: the first that matched. */
  readonly secretGroup?: number | "only";
  /** What belongs to a secret that is longer than the pattern's bound. @default "token" */
  readonly rest?: "token" | "line";
  /** Whether a match is a secret at all. @default always */
  readonly accept?: (secret: string, around: SecretContext) => boolean;
}

/** What stands around a match. */
export interface SecretContext {
  /** The last 80 characters before it. */
  readonly before: string;
  /** The next character; "" at the end. */
  readonly after: string;
}
