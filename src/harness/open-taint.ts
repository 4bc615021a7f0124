import type { Check, Isolation, Labeller, LabelSource } from "../spec/index.ts";
// The file itself: the door would load the code that reads commands before the first message.
import { createLabeller } from "../taint/create-labeller.ts";
import { lazyCheck } from "./lazy-check.ts";
import type { RunOptions } from "./run-options.ts";
import type { Settings } from "./settings.ts";

/** What a run keeps of its context, and the question of the gate about it. */
export interface OpenedTaint {
  readonly labeller: Labeller;
  readonly check: Check;
}

/** What a run knows that its taint needs. */
export interface TaintParts {
  readonly options: RunOptions;
  readonly permissionMode: NonNullable<RunOptions["permissionMode"]>;
  readonly network: Isolation["network"];
  /** Labels that the session holds already. */
  readonly initial: readonly LabelSource[];
  readonly agent: string;
}

/**
 * Opens the labels of a run's context and the check of the rule of two. The context is labelled in every case: policies
 * may ask for it. In `bypass` mode, and where the host switched it off, the check has no opinion.
 */
export function openTaint(settings: Settings, parts: TaintParts): OpenedTaint {
  return { labeller: openLabeller(settings, parts), check: openTaintCheck(parts) };
}

/** Opens the labels of a run's context. */
export function openLabeller(
  { cwd, home }: Settings,
  { options, initial, agent }: Pick<TaintParts, "options" | "initial" | "agent">,
): Labeller {
  const { taint = {} } = options;
  const { privatePaths = [], trustedTools = [] } = taint === false ? {} : taint;
  const told = options.labels === undefined ? [] : promptLabels(options.labels, agent);
  return createLabeller({ agent, cwd, home, privatePaths, trustedTools, initial: [...initial, ...told] });
}

/** Opens the check of the rule of two, the same for all runs with the same options. */
export function openTaintCheck({
  options: { taint = {} },
  permissionMode,
  network,
}: Pick<TaintParts, "options" | "permissionMode" | "network">): Check {
  if (taint === false || permissionMode === "bypass") return SILENT;
  const { trustedTools = [], trustedHosts = [] } = taint;
  return openCheck({ network, trustedTools, trustedHosts });
}

const SILENT: Check = {
  check: () => ({ effect: "none", basis: "default", reason: "The rule of two is not in force" }),
};

const CLEAN: ReturnType<Check["check"]> = {
  effect: "none",
  basis: "default",
  reason: "No private data meets content from outside",
};

function openCheck(options: {
  readonly network: Isolation["network"];
  readonly trustedTools: readonly string[];
  readonly trustedHosts: readonly string[];
}): Check {
  const check = lazyCheck(async () => (await import("../taint/index.ts")).createTaintCheck(options));
  return {
    // Most contexts hold at most one of the two: then there is nothing to load and nothing to ask.
    check: (call, scope) => (scope.labels.isTainted && scope.labels.hasPrivateData ? check.check(call, scope) : CLEAN),
  };
}

function promptLabels(
  { isTainted = false, dataLabels = [] }: NonNullable<RunOptions["labels"]>,
  agent: string,
): readonly LabelSource[] {
  const source = { tool: "prompt", agent };
  return [
    ...(isTainted ? [{ kind: "untrusted" as const, ...source }] : []),
    ...(dataLabels.length > 0 ? [{ kind: "private" as const, ...source, dataLabels }] : []),
  ];
}
