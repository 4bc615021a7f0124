import { createPermissionCheck, type PermissionMode, type PermissionRule } from "../permission/index.ts";
import type { Check, CheckAnswer } from "../spec/index.ts";
import { narrowBy } from "./stricter.ts";

/** What a child may do less than its parent. */
export interface Narrowing {
  readonly mode?: PermissionMode | undefined;
  readonly tools?: readonly PermissionRule[] | undefined;
  readonly isReadOnly?: boolean | undefined;
  /** What `~` stands for in paths. */
  readonly home?: string | undefined;
}

/**
 * The parent's check, made narrower: a child is never answered more freely than its parent. The parent is asked about
 * every call; what the child adds can turn an allowance into a question or anything into a denial, nothing else.
 */
export function narrowCheck(parent: Check, narrowing: Narrowing): Check {
  return narrowBy(parent, ownChecks(narrowing));
}

function ownChecks({ mode, tools, isReadOnly = false, home }: Narrowing): readonly Check[] {
  const paths = home === undefined ? {} : { home };
  const checks: Check[] = [];
  if (isReadOnly) checks.push(createPermissionCheck({ mode: "plan", ...paths }));
  if (mode !== undefined) checks.push(createPermissionCheck({ mode, ...paths }));
  if (tools !== undefined) checks.push(onlyTools(tools, paths));
  return checks;
}

/** Denies what no rule covers. `bypass` leaves the answer to the rules alone. */
export function onlyTools(tools: readonly PermissionRule[], paths: { readonly home?: string } = {}): Check {
  const covered = createPermissionCheck({ mode: "bypass", rules: { allow: tools }, ...paths });
  return {
    check({ tool, args }, { cwd }) {
      const { effect, basis } = covered.decide({ tool, args, cwd });
      if (effect === "allow" && basis === "rule") return NO_OPINION;
      return { effect: "deny", basis: "rule", reason: `${tool.name} is not among the tools that are permitted here` };
    },
  };
}

const NO_OPINION: CheckAnswer = {
  effect: "none",
  basis: "default",
  reason: "Permitted as far as the parent permits it",
};
