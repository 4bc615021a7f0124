/** Runs work on the same path one after the other. */
export interface PathLocks {
  run<Value>(path: string, work: () => Promise<Value>): Promise<Value>;
}

/** Makes locks for writes: of two that expect the same state of a file, the second must see what the first did. */
export function createPathLocks(): PathLocks {
  const tails = new Map<string, Promise<unknown>>();
  return {
    async run(path, work) {
      const before = tails.get(path);
      const mine = before === undefined ? work() : before.then(work, work);
      tails.set(path, mine);
      try {
        return await mine;
      } finally {
        if (tails.get(path) === mine) tails.delete(path);
      }
    },
  };
}
