import { existsSync } from "node:fs";
import { join } from "node:path";

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
  const risk = lazyCheck(async () => (await import("../risk/index.ts")).createRiskCheck());
  risk.begin();
  const { policy } = settings.options;
  if (typeof policy === "object" && "check" in policy && !("lint" in policy)) return { check: policy, risk, files: [] };
  if (typeof policy === "object" && "lint" in policy) {
    const { createPolicyCheck } = await import("../policy/index.ts");
    return { check: createPolicyCheck(policy), risk, files: policy.files };
  }
  const named = typeof policy === "string" ? [policy] : (policy ?? []);
  if (named.length === 0 && !hasPolicyFile(settings)) return { check: noOpinion, risk, files: [] };
  const { createPolicyCheck, PolicyEngine } = await import("../policy/index.ts");
  const { cwd, home, config, options } = settings;
  const engine = await PolicyEngine.load({
    cwd,
    home,
    paths: [...named, ...(config.policy.policyPaths ?? [])],
    simulation: config.policy.simulationMode ?? false,
    trustProject: options.trustProject ?? false,
  });
  return { check: createPolicyCheck(engine), risk, files: engine.files };
}

function hasPolicyFile({ cwd, home, config, options }: Settings): boolean {
  if ((config.policy.policyPaths?.length ?? 0) > 0) return true;
  if (options.config === false) return false;
  const folders = [join(cwd, ".harness"), join(home, ".harness")];
  return folders.some((folder) => NAMES.some((name) => existsSync(join(folder, name))));
}
