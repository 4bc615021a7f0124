import { createFinder } from "./find-secrets.ts";
import { SECRET_RULES } from "./secret-rules.ts";
import { markOf, type SecretFinder, type SecretRange } from "./text-range.ts";

/** A text without its secrets, and how many of each kind were in it. */
export interface RedactedText {
  readonly text: string;
  readonly findings: readonly SecretFinding[];
}

/** How often a kind of secret was found. Never the secret itself. */
export interface SecretFinding {
  readonly kind: string;
  readonly count: number;
}

/**
 * Replaces secrets of known forms by `[REDACTED:<kind>]`: tokens of some fifty issuers, private keys, passwords in URLs,
 * headers and assignments. Never throws; redacting twice is the same as once. What has no form cannot be seen: give
 * `createRedactor` the values that your process holds.
 *
 * @example
 * redactSecrets("token: ghp_0123456789abcdefghijABCDEFGHIJ012345").text; // "token: [REDACTED:github_token]"
 */
export function redactSecrets(text: string): RedactedText {
  return redactWith((builtinFinder ??= createFinder(SECRET_RULES)), text);
}

/** Made of the same rules each time, when the first text comes. */
let builtinFinder: SecretFinder | undefined;

/** Replaces what a finder finds, until it finds nothing more: a mark can lay bare what stood right behind a secret. */
export function redactWith(find: SecretFinder, text: string): RedactedText {
  const counts = new Map<string, number>();
  let current = text;
  for (let pass = 0; pass < 4; pass += 1) {
    const ranges = find(current);
    if (ranges.length === 0) break;
    current = replaceRanges(current, ranges, counts);
  }
  return { text: current, findings: [...counts].map(([kind, count]) => ({ kind, count })) };
}

function replaceRanges(text: string, ranges: readonly SecretRange[], counts: Map<string, number>): string {
  const pieces: string[] = [];
  let position = 0;
  for (const { start, end, kind } of ranges) {
    pieces.push(text.slice(position, start), markOf(kind));
    counts.set(kind, (counts.get(kind) ?? 0) + 1);
    position = end;
  }
  pieces.push(text.slice(position));
  return pieces.join("");
}
