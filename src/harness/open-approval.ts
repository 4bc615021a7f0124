import { toApprover } from "../approval/to-approver.ts";
import type { Approver, Check, Grants } from "../spec/index.ts";
import { dataFolder } from "./data-folder.ts";
import { lazyCheck } from "./lazy-check.ts";
import type { RunOptions } from "./run-options.ts";
import type { Settings } from "./settings.ts";

/** Who answers, and what was answered before. */
export interface OpenedApproval {
  readonly approver: Approver | undefined;
  /** Approvals beyond one call; left out where nobody can give any. */
  readonly grants: Grants | undefined;
}

/** Opens the approver of a run by the host's own and the trust level, and the memory of approvals. */
export async function openApproval(settings: Settings, options: RunOptions): Promise<OpenedApproval> {
  const person = options.onApproval === undefined ? undefined : toApprover(options.onApproval);
  const { trustLevel } = options;
  const approver =
    trustLevel === undefined
      ? person
      : (await import("../approval/trust-level.ts")).approverForLevel(trustLevel, person);
  return { approver, grants: person === undefined ? undefined : await openGrants(settings) };
}

/** One memory for all runs of a harness: what is allowed for a session is known to each of its runs. */
async function openGrants(settings: Settings): Promise<Grants> {
  const known = GRANTS.get(settings);
  if (known !== undefined) return known;
  const { createGrants } = await import("../approval/create-grants.ts");
  const { clock, config } = settings.options;
  // Without files at all, nothing is kept in one either.
  const file = config === false ? {} : { file: dataFolder(settings.home, "approvals.json") };
  const grants =
    GRANTS.get(settings) ?? createGrants({ ...file, ...(clock === undefined ? {} : { now: () => clock.now() }) });
  GRANTS.set(settings, grants);
  return grants;
}

/** By the settings of a harness, with which they go. */
const GRANTS = new WeakMap<Settings, Grants>();

/** The mode that a trust level means where it is stricter than what was asked for. */
export function modeOfTrust(
  mode: NonNullable<RunOptions["permissionMode"]>,
  { trustLevel }: RunOptions,
): NonNullable<RunOptions["permissionMode"]> {
  return levelOf(trustLevel) === "read_only" ? "plan" : mode;
}

/** With a trust level, calls of high risk are asked about, whatever allows them. */
export function riskOfTrust(risk: Check, { trustLevel }: RunOptions): Check {
  if (trustLevel === undefined) return risk;
  return lazyCheck(async () => (await import("../risk/ask-high-risk.ts")).askHighRisk(risk));
}

/** The name of a trust level, however it was given. */
export function levelOf(trustLevel: RunOptions["trustLevel"]): string | undefined {
  return typeof trustLevel === "object" ? trustLevel.level : trustLevel;
}
