/**
 * Tries with one time limit after another, until one leaves a slow machine the time for what has to come before it: what
 * a command says before it is ended, say. Gives the last result; a test judges it.
 */
export async function withLongerLimits<Result>(
  attempt: (timeoutMs: number) => Promise<Result>,
  isEnough: (result: Result) => boolean,
): Promise<Result> {
  for (let timeoutMs = 400; ; timeoutMs *= 4) {
    const result = await attempt(timeoutMs);
    if (isEnough(result) || timeoutMs > 20_000) return result;
  }
}
