import { statSync } from "node:fs";
import { join, resolve } from "node:path";

import { findFolders } from "../config/find-folders.ts";

import type { Check } from "../spec/index.ts";
import { lazyCheck, noOpinion } from "./lazy-check.ts";
import type { Settings } from "./settings.ts";

/** The checks that come from files. */
export interface OpenedPolicy {
  readonly check: Check;
  readonly risk: Check;
  readonly files: readonly string[];
}

const NAMES = ["policy.yml", "policy.yaml", "policy.toml"];

/**
 * Opens the policy: an engine of the host, files that the host or the configuration names, and those that are found.
 * A policy that does not load throws a `PolicyError`: the run refuses to start. The engine's code is loaded only where
 * there is a policy.
 */
export async function openPolicy(settings: Settings): Promise<OpenedPolicy> {
  const { risk: told } = settings.options;
  const known = told === undefined || "check" in told ? {} : told;
  const risk = lazyCheck(async () => (await import("../risk/index.ts")).createRiskCheck(known));
  risk.begin();
  const { policy } = settings.options;
  if (typeof policy === "object" && "check" in policy && !("lint" in policy)) return { check: policy, risk, files: [] };
  if (typeof policy === "object" && "lint" in policy) {
    const { createPolicyCheck } = await import("../policy/create-policy-check.ts");
    return { check: createPolicyCheck(policy), risk, files: policy.files };
  }
  const { cwd, home, config, options } = settings;
  const asked = typeof policy === "string" ? [policy] : (policy ?? []);
  const paths = [
    ...asked.map((path) => (path.startsWith("~/") ? path : resolve(cwd, path))),
    ...(config.policy.policyPaths ?? []),
  ];
  const discover = options.config !== false;
  const project = discover ? findProject(settings) : undefined;
  if (paths.length === 0 && project === undefined && !(discover && hasPolicy(home))) {
    return { check: noOpinion, risk, files: [] };
  }
  // The files themselves: the door has what tests and compares policies, too.
  const { PolicyEngine } = await import("../policy/policy-engine.ts");
  const { createPolicyCheck } = await import("../policy/create-policy-check.ts");
  const engine = await PolicyEngine.load({
    cwd: project ?? cwd,
    home,
    paths,
    discover,
    simulation: config.policy.simulationMode ?? false,
    trustProject: options.trustProject === true,
  });
  return { check: createPolicyCheck(engine), risk, files: engine.files };
}

/** The nearest folder with a policy from `cwd` up to the repository's root, as the configuration is found. */
function findProject({ cwd, home }: Settings): string | undefined {
  return findFolders({ cwd, home }).findLast(hasPolicy);
}

function hasPolicy(folder: string): boolean {
  return NAMES.some((name) => isThere(join(folder, ".harness", name)));
}

/** What cannot be looked at counts as there: loading it then says what is wrong. */
function isThere(path: string): boolean {
  try {
    return statSync(path, { throwIfNoEntry: false }) !== undefined;
  } catch {
    return true;
  }
}
