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
  const date = readDate(value);
  if (date === undefined) return undefined;
  return Math.max(0, date - (readDate(headers?.get("date")) ?? Date.now()));
}

/** Every date of HTTP begins with its day; the platform's parser would take `-5` for one too. */
function readDate(text: string | null | undefined): number | undefined {
  const date = /^[A-Z][a-z]{2,8},? /.test(text ?? "") ? Date.parse(text ?? "") : Number.NaN;
  return Number.isNaN(date) ? undefined : date;
}

function readNumber(text: string | null | undefined): number | undefined {
  if (text === undefined || text === null || text.trim() === "") return undefined;
  const number = Number(text);
  return Number.isFinite(number) && number >= 0 ? number : undefined;
}
