/** Nano-dollars in a USD. Money is counted in whole nano-dollars, so that sums of small prices stay exact. */
const NANOS = 1_000_000_000;

/** USD as whole nano-dollars. Throws a `RangeError` for what is no amount: negative, NaN, infinite, beyond 9 million. */
export function toNanos(usd: number, name: string): number {
  const nanos = Math.round(checkAmount(usd, name) * NANOS);
  if (!Number.isSafeInteger(nanos)) throw new RangeError(`${name} is too large to be counted: ${usd} USD`);
  return nanos;
}

/** Nano-dollars as USD. */
export function toUsd(nanos: number): number {
  return nanos / NANOS;
}

/** A number of things: whole and not negative. Throws a `RangeError` otherwise. */
export function checkCount(count: number, name: string): number {
  if (Number.isSafeInteger(checkAmount(count, name))) return count;
  throw new RangeError(`${name} must be a whole number, got ${count}`);
}

/** A sum that cannot leave the range in which integers are exact: a counter that is full stays full. */
export function addSafely(left: number, right: number): number {
  return Math.min(left + right, Number.MAX_SAFE_INTEGER);
}

function checkAmount(amount: number, name: string): number {
  if (typeof amount === "number" && Number.isFinite(amount) && amount >= 0) return amount;
  throw new RangeError(`${name} must be a number that is not negative, got ${String(amount)}`);
}
