/** A list of words out of one text: tables stay readable that way. */
export function splitWords(text: string): readonly string[] {
  return text.trim().split(/\s+/);
}
