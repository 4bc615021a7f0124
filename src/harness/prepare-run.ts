import type { Check } from "../spec/index.ts";
import type { LoadedSkills } from "../skills/load-skills.ts";
import type { LoadedAgents } from "../subagents/load-agents.ts";
import { modeOfTrust, openApproval, riskOfTrust, type OpenedApproval } from "./open-approval.ts";
import { prepareBudget, type BudgetOpener } from "./open-budget.ts";
import { openLimits, type RunLimits } from "./open-limits.ts";
import type { Ledgers } from "./open-ledgers.ts";
import { openModel, type FoundModel, type OpenedModel } from "./open-model.ts";
import type { Modules } from "./open-modules.ts";
import type { Permissions } from "./open-permission.ts";
import { prepareReadable, type ReadableOpener } from "./open-readable.ts";
import { openTaintCheck } from "./open-taint.ts";
import { asksAgents, prepareTools, type ToolsOpener } from "./open-tools.ts";
import type { RunOptions } from "./run-options.ts";
import { preparePrompt, type PromptOpener } from "./prepare-prompt.ts";
import type { Settings } from "./settings.ts";

/** What runs are prepared from. */
export interface RunSources {
  readonly settings: Settings;
  readonly modules: Modules;
  readonly ledgers: Ledgers;
  readonly permissions: Permissions;
  /** The model that options ask for, opened once for all runs that ask for the same. */
  findModel(options: RunOptions): Promise<FoundModel>;
  /** The definitions of sub-agents, loaded once. */
  agents(): Promise<LoadedAgents>;
  /** The skills that runs can load, found once. */
  skills(): Promise<LoadedSkills>;
}

/**
 * What options come to, whoever runs with them: found, loaded and checked once, so that a run begins without waiting for
 * any of it. The openers make what each run has for itself.
 */
export interface PreparedRun {
  readonly permissionMode: NonNullable<RunOptions["permissionMode"]>;
  readonly permission: Check;
  readonly risk: Check;
  readonly taint: Check;
  readonly approval: OpenedApproval;
  readonly limits: RunLimits;
  readonly skills: LoadedSkills;
  /** `undefined` when a run cannot ask sub-agents. */
  readonly agents: LoadedAgents | undefined;
  readonly openModel: () => OpenedModel;
  readonly openTools: ToolsOpener;
  readonly openBudget: BudgetOpener;
  readonly openReadable: ReadableOpener;
  readonly openPrompt: PromptOpener;
}

/** Prepares runs with the same options. Throws the typed error of whatever cannot be found, loaded or meant. */
export async function prepareRun(sources: RunSources, options: RunOptions): Promise<PreparedRun> {
  const { settings, modules } = sources;
  const found = await sources.findModel(options);
  const wantedMode = options.permissionMode ?? settings.config.permissions.mode ?? "default";
  const permissionMode = modeOfTrust(wantedMode, options);
  const agents = asksAgents(settings, options) ? await sources.agents() : undefined;
  const skills = await sources.skills();
  return {
    permissionMode,
    agents,
    skills,
    openModel: () => openModel(found, { settings, options, prices: modules.prices }),
    openTools: await prepareTools(settings, options),
    openBudget: await prepareBudget(sources, options),
    permission: await sources.permissions.of({ mode: permissionMode, rules: options.permissions }),
    risk: riskOfTrust(modules.risk, options),
    taint: openTaintCheck({ options, permissionMode, network: modules.sandbox.isolation.network }),
    approval: await openApproval(settings, options),
    limits: openLimits(settings, options),
    openReadable: await prepareReadable(modules.files, skills),
    openPrompt: preparePrompt(settings, options),
  };
}
