/** Whether a value is to be waited for: a promise of whatever realm or library. What comes through a port is anybody's. */
export function isPromise<Value>(value: Value | PromiseLike<Value>): value is PromiseLike<Value> {
  return typeof value === "object" && value !== null && "then" in value && typeof value.then === "function";
}
