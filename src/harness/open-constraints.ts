import type { ConstraintDomain } from "../constraints/index.ts";
import { ConfigError, suggestName } from "../errors/index.ts";
import type { Check } from "../spec/index.ts";
import { lazyCheck } from "./lazy-check.ts";
import type { Settings } from "./settings.ts";

const SILENT: Check = {
  check: () => ({ effect: "none", basis: "default", reason: "No constraints are set" }),
};

const DOMAINS: readonly ConstraintDomain[] = ["finance", "healthcare", "privacy"];

/** The rules themselves are loaded when the first call is judged; a name that is none must stop the run at its start. */
function readDomain(name: string): ConstraintDomain {
  const domain = DOMAINS.find((known) => known === name);
  if (domain !== undefined) return domain;
  throw new ConfigError(
    `There is no domain "${name}" of constraints.${suggestName(name, DOMAINS)} Domains: ${DOMAINS.join(", ")}`,
  );
}

/** Opens the constraints of options and configuration together; without any there is nothing to ask. */
export function openConstraints(
  { options, config }: Settings,
  findSecrets: (text: string) => readonly string[],
): Check {
  const { constraints: configured } = config;
  const { constraints: given } = options;
  if (given === undefined && Object.keys(configured).length === 0) return SILENT;
  const domains = [...new Set([...(configured.domains ?? []), ...(given?.domains ?? [])])].map(readDomain);
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
