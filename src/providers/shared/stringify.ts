/** An escape of JSON.stringify, which writes half of a surrogate pair as one, and whole pairs as they are. */
const ESCAPE = /\\(?:(ud[89a-f][0-9a-f]{2})|.)/g;

/** JSON that the vendors' parsers take: text that was cut in the middle of a character is mended. */
export function stringify(value: object): string {
  return mendJson(JSON.stringify(value));
}

/** The same for what JSON.stringify wrote already. */
export function mendJson(json: string): string {
  if (!json.includes("\\ud")) return json;
  return json.replace(ESCAPE, (escape, half?: string) => (half === undefined ? escape : "\uFFFD"));
}
