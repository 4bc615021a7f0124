/** Milliseconds that a timer of Node can count, 24.8 days; a longer one would fire at once. */
export const LONGEST_MS = 2 ** 31 - 1;

/** Calls back once after `ms`, however long that is, and gives the function that cancels it. */
export function startTimer(ms: number, onTime: () => void): () => void {
  const dueAt = performance.now() + ms;
  let timer: NodeJS.Timeout;
  const arm = (leftMs: number): void => {
    timer =
      leftMs <= LONGEST_MS ? setTimeout(onTime, leftMs) : setTimeout(() => arm(dueAt - performance.now()), LONGEST_MS);
  };
  arm(ms);
  return () => clearTimeout(timer);
}
