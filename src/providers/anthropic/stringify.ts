/** Half of a surrogate pair, as JSON.stringify writes it (or text that looks so, which costs a second pass only). */
const LONE_SURROGATE = /\\ud[89a-f]/;

/** JSON that the API's parser takes: output that was cut in the middle of a character is mended (by way of UTF-8). */
export function stringify(value: object): string {
  const json = JSON.stringify(value);
  if (!LONE_SURROGATE.test(json)) return json;
  return JSON.stringify(value, (_key, inner: unknown) =>
    typeof inner === "string" ? Buffer.from(inner).toString() : inner,
  );
}
