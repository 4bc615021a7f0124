import type { ConstraintDomain } from "../constraints/index.ts";
import type { Check } from "../spec/index.ts";
import { lazyCheck } from "./lazy-check.ts";
import type { Settings } from "./settings.ts";

const SILENT: Check = {
  check: () => ({ effect: "none", basis: "default", reason: "No constraints are set" }),
};

/** Opens the constraints of options and configuration together; without any there is nothing to ask. */
export function openConstraints(
  { options, config }: Settings,
  findSecrets: (text: string) => readonly string[],
): Check {
  const { constraints: configured } = config;
  const { constraints: given } = options;
  if (given === undefined && Object.keys(configured).length === 0) return SILENT;
  // Reading the configuration and the options refused every other name.
  const domains = [
    ...new Set([...(configured.domains ?? []), ...(given?.domains ?? [])]),
  ] as readonly ConstraintDomain[];
  const code = given?.code ?? configured.code ?? false;
  const largeAmount = given?.largeAmount ?? configured.largeAmount;
  const check = lazyCheck(async () => {
    const { createConstraintCheck } = await import("../constraints/index.ts");
    const limits = largeAmount === undefined ? {} : { largeAmount };
    return createConstraintCheck({ findSecrets, ...given, domains, code, ...limits });
  });
  check.begin();
  return check;
}
