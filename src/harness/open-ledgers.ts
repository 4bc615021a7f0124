import type { SharedLedger } from "../budget/index.ts";

/** The ledgers that a harness opened, one for each file. */
export interface Ledgers {
  /** Throws code "budget_failed" when the file cannot be used. */
  of(path: string): Promise<SharedLedger>;
  /** Closes what was opened here; a ledger of the host is not. */
  close(): Promise<void>;
}

/** Opens nothing until the first run needs one. */
export function openLedgers(): Ledgers {
  const open = new Map<string, Promise<SharedLedger>>();
  return {
    async of(path) {
      const known = open.get(path) ?? import("../budget/index.ts").then(({ openLedger }) => openLedger(path));
      open.set(path, known);
      // What could not be opened may be there at the next run.
      known.catch(() => open.delete(path));
      return await known;
    },
    async close() {
      for (const ledger of open.values()) await (await ledger.catch(() => undefined))?.close();
    },
  };
}
