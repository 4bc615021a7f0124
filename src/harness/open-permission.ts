import type { PermissionCheckOptions, PermissionRules } from "../permission/index.ts";
import type { Check } from "../spec/index.ts";
import { lazyCheck } from "./lazy-check.ts";
import { protectedPathsOf } from "./protected-paths-of.ts";
import type { Settings } from "./settings.ts";

/** What the options of a run say about permissions. */
export interface AskedPermission {
  readonly mode: NonNullable<PermissionCheckOptions["mode"]>;
  readonly rules: PermissionRules | undefined;
}

/** The checks of a harness: one for all runs that ask for the same, since reading rules and protected paths is dear. */
export interface Permissions {
  /** Throws a `TypeError` for a rule that cannot be read. */
  of(asked: AskedPermission): Promise<Check>;
}

/** Starts without any; each is opened when a run asks for it. */
export function openPermissions(settings: Settings): Permissions {
  const opened = new Map<
    AskedPermission["mode"],
    { readonly rules: AskedPermission["rules"]; readonly check: Promise<Check> }
  >();
  return {
    of(asked) {
      const known = opened.get(asked.mode);
      if (known !== undefined && known.rules === asked.rules) return known.check;
      // The promise, not the check: many runs may begin at once.
      const check = openPermission(settings, asked);
      opened.set(asked.mode, { rules: asked.rules, check });
      return check;
    },
  };
}

/**
 * Opens the check of mode and rules, those of the configuration added to those of the options. Throws a `TypeError` for a
 * rule that cannot be read: a run refuses to start with it. Without rules nothing can be wrong, and the code is loaded in
 * the background.
 */
async function openPermission({ config, home, cwd }: Settings, { mode, rules = {} }: AskedPermission): Promise<Check> {
  const { allow = [], ask = [], deny = [] } = config.permissions;
  const all = {
    ...rules,
    allow: [...(rules.allow ?? []), ...allow],
    ask: [...(rules.ask ?? []), ...ask],
    deny: [...(rules.deny ?? []), ...deny],
  };
  const load = async (): Promise<Check> => {
    const { createPermissionCheck } = await import("../permission/index.ts");
    return createPermissionCheck({ mode, rules: all, home, protectedPaths: protectedPathsOf(config, cwd) });
  };
  if (Object.values(all).some((list) => list.length > 0)) return await load();
  const check = lazyCheck(load);
  check.begin();
  return check;
}
