/**
 * The milliseconds that a server asked to wait: `retry-after-ms`, or `retry-after` in seconds or as a date (measured
 * against the answer's own `date`, so that a wrong clock here does not matter). `undefined` when it asked for nothing.
 * Source: RFC 9110 section 10.2.3
 */
export function readRetryAfter(headers: Headers | undefined): number | undefined {
  const milliseconds = readNumber(headers?.get("retry-after-ms"));
  if (milliseconds !== undefined) return milliseconds;
  const value = headers?.get("retry-after");
  const seconds = readNumber(value);
  if (seconds !== undefined) return seconds * 1000;
  const date = Date.parse(value ?? "");
  if (Number.isNaN(date)) return undefined;
  const sent = Date.parse(headers?.get("date") ?? "");
  return Math.max(0, date - (Number.isNaN(sent) ? Date.now() : sent));
}

function readNumber(text: string | null | undefined): number | undefined {
  if (text === undefined || text === null || text.trim() === "") return undefined;
  const number = Number(text);
  return Number.isFinite(number) && number >= 0 ? number : undefined;
}
