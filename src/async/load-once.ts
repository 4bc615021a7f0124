/**
 * Loads a module at its first use: `loadOnce(() => import("./x.ts"))`. Node looks a module up again with every `import()`,
 * also one that is loaded; what is asked for in every run or call must not pay for that. A load that fails is tried again.
 */
export function loadOnce<Module>(load: () => Promise<Module>): () => Promise<Module> {
  let loaded: Promise<Module> | undefined;
  return () => {
    loaded ??= load().catch((error: unknown) => {
      loaded = undefined;
      throw error;
    });
    return loaded;
  };
}
