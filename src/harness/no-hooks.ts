import type { Hooks } from "../spec/index.ts";

/** What runs where no hook was registered. */
export const noHooks: Hooks = {
  has: () => false,
  run: async () => ({ verdict: "proceed", guidance: [], failures: [] }),
};
