import { isAudited } from "./open-audit.ts";
import { wantsBuiltins } from "./open-tools.ts";
import type { Settings } from "./settings.ts";

/**
 * Loads what the first run needs, while the processes of a sandbox start. What cannot be loaded is told by whoever needs it.
 */
export function preloadRun(settings: Settings): void {
  const { options, config } = settings;
  const loading = [
    import("../router/reliable-model.ts"),
    import("../permission/index.ts"),
    import("../tools/tool-names.ts"),
    import("../tools/registry.ts"),
    import("../skills/load-skills.ts"),
    ...(wantsBuiltins(settings, options) ? [import("../tools/index.ts")] : []),
    ...(isAudited(options, config) ? [import("../audit/audit-logger.ts")] : []),
  ];
  for (const one of loading) one.catch(() => {});
}
