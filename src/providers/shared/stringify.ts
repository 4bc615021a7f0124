/** An escape of JSON.stringify, which writes half of a surrogate pair as one, and whole pairs as they are. */
const ESCAPE = /\\(?:(ud[89a-f][0-9a-f]{2})|.)/g;

/** JSON that the vendors' parsers take: text that was cut in the middle of a character is mended. */
export function stringify(value: object): string {
  return mendJson(JSON.stringify(value));
}

/** The same for the body of a request that a vendor's client wrote by JSON.stringify: what is to be replaced of it. */
export function mendBody(init: RequestInit | undefined): Pick<RequestInit, "body"> {
  return typeof init?.body === "string" ? { body: mendJson(init.body) } : {};
}

function mendJson(json: string): string {
  if (!json.includes("\\ud")) return json;
  return json.replace(ESCAPE, (escape, half?: string) => (half === undefined ? escape : "\uFFFD"));
}
