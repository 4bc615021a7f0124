/**
 * Loads what the first run needs, while the processes of a sandbox start. What cannot be loaded is told by whoever needs it.
 */
export function preloadRun(): void {
  const loading = [
    import("../router/index.ts"),
    import("../tools/index.ts"),
    import("../permission/index.ts"),
    import("../skills/load-skills.ts"),
  ];
  for (const one of loading) one.catch(() => {});
}
