/**
 * A glob for picomatch in which parentheses, "|" and "+" are characters, as they are in names such as `app/(group)`:
 * picomatch passes them on to the platform's regular expressions, where `(group)` is another name and `(a+)+b` takes
 * exponential time.
 */
export function literalGlob(pattern: string): string {
  return pattern.replace(/\\.|[()|+]/gsu, (found) => (found.length === 1 ? `\\${found}` : found));
}
