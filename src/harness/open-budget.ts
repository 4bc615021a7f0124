import { loadOnce } from "../async/index.ts";
import type { BudgetTrackerOptions, LedgerAccount, RecordedUsage } from "../budget/index.ts";
import type { BudgetConfig } from "../config/index.ts";
import type { Budget, BudgetLimits, ChargedData } from "../spec/index.ts";
import { dataFolder } from "./data-folder.ts";
import { definedOf } from "./defined-of.ts";
import type { Ledgers } from "./open-ledgers.ts";
import type { Modules } from "./open-modules.ts";
import type { OpenedSession } from "./open-session.ts";
import type { BudgetOptions, RunOptions } from "./run-options.ts";
import type { Settings } from "./settings.ts";

const loadBudget = loadOnce(() => import("../budget/index.ts"));

/** Opens the budget of a run in a session. */
export type BudgetOpener = (session: Pick<OpenedSession, "spent" | "spentInRun">) => Budget | Promise<Budget>;

/**
 * Prepares the budgets of runs: a tracker of the host as it is. Otherwise, from the outside in: what the ledger counts for
 * days, months, agents and tenants; the configuration's limits of the session, with what its earlier runs used; and those
 * of the run. Limits of options go before the configuration's of the same name.
 */
export async function prepareBudget(sources: BudgetSources, options: RunOptions): Promise<BudgetOpener> {
  const { budget } = options;
  if (budget !== undefined && "reserve" in budget) return () => budget;
  const shared = sources.modules.budget;
  if (shared !== undefined && budget === undefined) return () => shared;
  const code = await loadBudget();
  const plan = planBudget(sources.settings, options, budget);
  return (session) => openBudget(sources, { plan, session, code });
}

/** What budgets are made from. */
export interface BudgetSources {
  readonly settings: Settings;
  readonly modules: Pick<Modules, "budget">;
  readonly ledgers: Ledgers;
}

/** The limits of options and configuration, by what they are limits of. */
interface BudgetPlan {
  readonly session: BudgetTrackerOptions;
  /** `undefined` when nothing limits a single run. */
  readonly run: BudgetTrackerOptions | undefined;
  readonly accounts: readonly LedgerAccount[];
  readonly ledger: BudgetOptions["ledger"];
}

function planBudget({ config }: Settings, { clock }: RunOptions, budget: BudgetOptions | undefined): BudgetPlan {
  const { maxCostPerSession: maxCost, maxTokensPerSession: maxTokens } = config.router;
  const { accounts = [], ledger, ...own } = definedOf<BudgetOptions>(budget ?? {});
  const run = { ...runLimits(config.budget), ...own };
  const { onLimit, onUnknownCost, tellModel, warnAt, degradeAt } = run;
  const shared = definedOf({ onLimit, onUnknownCost, tellModel, warnAt, degradeAt });
  const isLimited = Object.entries(run).some(([name, value]) => name.startsWith("max") && value !== undefined);
  return {
    session: {
      ...(clock === undefined ? {} : { clock }),
      ...shared,
      scope: "session",
      maxCost: own.maxCost === undefined ? maxCost : undefined,
      maxTokens: own.maxTokens === undefined ? maxTokens : undefined,
    },
    run: isLimited ? { ...run, scope: "run" } : undefined,
    accounts: [...accountsOf(config.budget, shared), ...accounts],
    ledger,
  };
}

interface BudgetParts {
  readonly plan: BudgetPlan;
  readonly session: Parameters<BudgetOpener>[0];
  readonly code: typeof import("../budget/index.ts");
}

function openBudget(
  sources: BudgetSources,
  { plan: { session, run, accounts, ledger }, session: opened, code: { BudgetTracker, joinBudgets } }: BudgetParts,
): Budget | Promise<Budget> {
  const tracker = new BudgetTracker(session);
  const { spent, spentInRun } = opened;
  if (spent.tokens > spentInRun.tokens) tracker.recordUsage(toUsage(subtract(spent, spentInRun)));
  // What one run may use, inside its session.
  const inner = run === undefined ? tracker : tracker.child(run);
  // A run that was interrupted goes on with what it left: it counts on the session, too.
  if (spentInRun.tokens > 0) inner.recordUsage(toUsage(spentInRun));
  if (accounts.length === 0) return inner;
  return openShared(sources, ledger, accounts).then((outer) => joinBudgets(outer, inner));
}

function toUsage({ tokens, cost }: ChargedData): RecordedUsage {
  return { inputTokens: tokens, outputTokens: 0, cost: cost ?? undefined };
}

function subtract(all: ChargedData, part: ChargedData): ChargedData {
  const cost = all.cost === null || part.cost === null ? null : all.cost - part.cost;
  return { tokens: all.tokens - part.tokens, cost };
}

async function openShared(
  { ledgers, settings }: BudgetSources,
  ledger: BudgetOptions["ledger"],
  accounts: readonly LedgerAccount[],
): Promise<Budget> {
  if (typeof ledger === "object") return ledger.budget(accounts);
  const path = ledger ?? settings.config.budget.ledger ?? dataFolder(settings.home, "budget.db");
  return (await ledgers.of(path)).budget(accounts);
}

function runLimits(config: BudgetConfig): BudgetLimits {
  const { maxCostPerRun: maxCost, maxTokensPerRun: maxTokens } = config;
  const { maxTurnsPerRun: maxTurns, maxToolCallsPerRun: maxToolCalls, maxWallMsPerRun: maxWallMs } = config;
  const { onLimit, degradeAt, warnAt, tellModel } = config;
  return definedOf({ maxCost, maxTokens, maxTurns, maxToolCalls, maxWallMs, onLimit, degradeAt, warnAt, tellModel });
}

/** The configuration's limits that outlive a run. */
function accountsOf(config: BudgetConfig, shared: BudgetLimits): readonly LedgerAccount[] {
  const { tenant, maxCostPerDay, maxTokensPerDay, maxCostPerMonth, maxTokensPerMonth } = config;
  const whose = tenant === undefined ? undefined : ({ scope: "tenant", id: tenant } as const);
  const windows = [
    { window: "day", maxCost: maxCostPerDay, maxTokens: maxTokensPerDay },
    { window: "month", maxCost: maxCostPerMonth, maxTokens: maxTokensPerMonth },
  ] as const;
  return windows
    .filter(({ maxCost, maxTokens }) => maxCost !== undefined || maxTokens !== undefined)
    .map(({ window, ...limits }) => ({ ...shared, ...definedOf(limits), window, ...(whose ?? { scope: window }) }));
}
