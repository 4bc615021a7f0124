import type { Check } from "../spec/index.ts";

/**
 * A check whose code is loaded in the background while the model thinks: the first call of a tool waits for it, the
 * first token does not. A check that cannot be loaded throws, which denies.
 */
export function lazyCheck(load: () => Promise<Check>): Check & { begin(): void } {
  let loaded: Promise<Check> | undefined;
  let ready: Check | undefined;
  const get = (): Promise<Check> => {
    loaded ??= load().then((check) => {
      ready = check;
      return check;
    });
    return loaded;
  };
  return {
    begin() {
      get().catch(() => {});
    },
    get version() {
      return ready?.version;
    },
    check: (call, scope) => ready?.check(call, scope) ?? get().then((check) => check.check(call, scope)),
  };
}

/** A check without an opinion: where there is no policy. */
export const noOpinion: Check = {
  check: () => ({ effect: "none", basis: "default", reason: "There is no policy" }),
};
