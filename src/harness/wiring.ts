import { describeError } from "../errors/index.ts";
import type { LoadedSkills } from "../skills/load-skills.ts";
import type { LoadedAgents } from "../subagents/load-agents.ts";
import { openAgents } from "./open-agents.ts";
import { openAudits, type Audits } from "./open-audit.ts";
import { findModel, type FoundModel } from "./open-model.ts";
import { openLedgers } from "./open-ledgers.ts";
import { openModules, type Modules } from "./open-modules.ts";
import { openPermissions } from "./open-permission.ts";
import { openSkills } from "./open-skills.ts";
import { openStores, type Stores } from "./open-stores.ts";
import { prepareRun, type PreparedRun, type RunSources } from "./prepare-run.ts";
import type { RunOptions } from "./run-options.ts";
import { loadSettings, type Settings } from "./settings.ts";
import { watchAudit, type AuditWatch } from "./watch-audit.ts";

/** Settings and modules, opened once for all runs of a harness. */
export interface Wiring extends RunSources {
  readonly stores: Stores;
  readonly audits: Audits;
  readonly auditWatch: AuditWatch;
  /** What options come to, once for all runs with the very same ones. */
  prepare(options: RunOptions): Promise<PreparedRun>;
  /** Ends what was opened; nothing of it survives. */
  close(): Promise<void>;
}

/** Opens everything that runs need. Throws the typed error of whatever cannot be opened, and leaves nothing behind. */
export async function openWiring(options: RunOptions): Promise<Wiring> {
  const settings = await loadSettings(options);
  const stores = await openStores(options, settings.home);
  try {
    const modules = await openModules(settings);
    const models = new Map<RunOptions["model"], Promise<FoundModel>>();
    const openOnce = (wanted: RunOptions): Promise<FoundModel> => {
      // A model of the host is open already; keeping it would keep every one that runs bring along.
      if (typeof wanted.model === "object") return findModel(settings, wanted, modules.prices);
      const found = models.get(wanted.model) ?? findModel(settings, wanted, modules.prices);
      models.set(wanted.model, found);
      // What was missing may be there at the next run.
      found.catch(() => models.delete(wanted.model));
      return found;
    };
    const ledgers = openLedgers();
    const audits = openAudits(settings, modules);
    const auditWatch = watchAudit(modules.telemetry.tracer, settings.log);
    const closeAll = async (): Promise<void> => {
      try {
        await auditWatch.close();
        await audits.close();
      } finally {
        await close(settings, modules, stores);
        await ledgers.close();
      }
    };
    let loaded: Promise<LoadedAgents> | undefined;
    const agents = (): Promise<LoadedAgents> => (loaded ??= openAgents(settings));
    let found: Promise<LoadedSkills> | undefined;
    const skills = (): Promise<LoadedSkills> => (found ??= openSkills(settings));
    const permissions = openPermissions(settings);
    const sources: RunSources = { settings, modules, ledgers, permissions, findModel: openOnce, agents, skills };
    const prepare = prepareOnce((wanted) => prepareRun(sources, wanted));
    return { ...sources, stores, audits, auditWatch, prepare, close: closeAll };
  } catch (error) {
    await stores.close();
    throw error;
  }
}

/** What cannot be prepared is tried again: what was missing may be there at the next run. */
function prepareOnce(prepare: Wiring["prepare"]): Wiring["prepare"] {
  const known = new WeakMap<RunOptions, Promise<PreparedRun>>();
  return (options) => {
    const before = known.get(options);
    if (before !== undefined) return before;
    const prepared = prepare(options);
    known.set(options, prepared);
    prepared.catch(() => known.delete(options));
    return prepared;
  };
}

async function close({ log }: Settings, modules: Modules, stores: Stores): Promise<void> {
  await modules.telemetry.flush().catch((error: unknown) => log(`Telemetry was lost: ${describeError(error)}`));
  try {
    if (modules.ownsSandbox) await modules.sandbox[Symbol.asyncDispose]();
  } catch (error) {
    // The run's outcome stands; what could not be cleaned up must be seen by somebody.
    log(`The sandbox could not be closed: ${describeError(error)}`);
  } finally {
    await stores.close();
  }
}
