import { isAudited } from "./open-audit.ts";
import type { Settings } from "./settings.ts";

/**
 * Loads what the first run needs, while the processes of a sandbox start. What cannot be loaded is told by whoever needs it.
 */
export function preloadRun({ options, config }: Settings): void {
  const loading = [
    import("../router/index.ts"),
    import("../tools/index.ts"),
    import("../permission/index.ts"),
    import("../skills/load-skills.ts"),
    ...(isAudited(options, config) ? [import("../audit/index.ts")] : []),
  ];
  for (const one of loading) one.catch(() => {});
}
