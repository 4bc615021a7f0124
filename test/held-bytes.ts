import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";

let collect: (() => void) | undefined;

/** Collects garbage now, whatever flags the process was started with. */
export function collectGarbage(): void {
  if (collect === undefined) {
    setFlagsFromString("--expose-gc");
    // The new context's global function of that name is there because of the flag.
    collect = runInNewContext("gc") as () => void;
  }
  collect();
}

/** What is held once everything is collected that nobody needs. */
function heldBytes(): number {
  collectGarbage();
  const { heapUsed, external } = process.memoryUsage();
  return heapUsed + external;
}

/** Does some work and tells how much more than before was held meanwhile, at the most, by a look every so often. */
export async function peakOf<Value>(
  work: () => Promise<Value>,
  { everyMs = 100 }: { readonly everyMs?: number } = {},
): Promise<{ readonly value: Value; readonly peakBytes: number }> {
  const before = heldBytes();
  let peak = before;
  let looks = 0;
  const look = (): void => {
    looks += 1;
    peak = Math.max(peak, heldBytes());
  };
  const timer = setInterval(look, everyMs);
  try {
    const value = await work();
    if (looks === 0) throw new Error("The work was over before anybody looked: it must take longer");
    return { value, peakBytes: peak - before };
  } finally {
    clearInterval(timer);
  }
}
