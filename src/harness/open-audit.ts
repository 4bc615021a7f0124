import { readFile } from "node:fs/promises";

import type { AuditLogger, AuditLoggerOptions, CheckpointSigner } from "../audit/index.ts";
import type { HarnessConfig } from "../config/index.ts";
import type { Audit } from "../spec/index.ts";
import { dataFolder } from "./data-folder.ts";
import { definedOf } from "./defined-of.ts";
import { noAudit } from "./no-audit.ts";
import type { RunOptions } from "./run-options.ts";
import { settingError } from "./setting-error.ts";
import type { Settings } from "./settings.ts";

/** The audit log of a run. */
export interface OpenedAudit {
  readonly audit: Audit;
  /** Closed with the run; that of the harness, or of the host, is not. */
  readonly isOwn: boolean;
  readonly path?: string;
}

/** The audit logs of a harness. */
export interface Audits {
  /**
   * The log of one run: the host's own, the one that all runs of the harness share, or, for options that are this run's
   * alone, a new one. Throws the typed error of a key that cannot be read.
   */
  of(options: RunOptions): OpenedAudit | Promise<OpenedAudit>;
  /** Closes the log that is shared. Throws code "audit_failed" when something was not written. */
  close(): Promise<void>;
}

/** The modules that a log works with. */
interface AuditModules {
  /** Takes secrets out of any text. */
  readonly redact: (text: string) => string;
}

/** Opens nothing until the first run needs it. */
export function openAudits(settings: Settings, modules: AuditModules): Audits {
  let shared: Promise<AuditLogger> | undefined;
  let opened: AuditLogger | undefined;
  const share = (logger: AuditLogger): OpenedAudit => ({ audit: logger, isOwn: false, path: logger.path });
  return {
    of(options) {
      const { audit } = options;
      if (audit === false || !isAudited(options, settings.config)) return { audit: noAudit, isOwn: false };
      if (audit !== undefined && "openCall" in audit) return { audit, isOwn: false };
      const isShared = audit === settings.options.audit && options.clock === settings.options.clock;
      if (!isShared) {
        return openLogger(audit, { settings, modules, options }).then((own) => ({
          audit: own,
          isOwn: true,
          path: own.path,
        }));
      }
      if (opened !== undefined) return share(opened);
      shared ??= openLogger(audit, { settings, modules, options });
      return shared.then((logger) => share((opened = logger)));
    },
    async close() {
      // One that could not be opened has told so to its run.
      await (await shared?.catch(() => undefined))?.close();
    },
  };
}

/** Whether runs with these options are put on record. */
export function isAudited({ audit }: RunOptions, { audit: { enabled } }: HarnessConfig): boolean {
  return audit !== false && (audit !== undefined || enabled !== false);
}

interface LoggerParts {
  readonly settings: Settings;
  readonly modules: AuditModules;
  readonly options: RunOptions;
}

async function openLogger(
  given: Partial<AuditLoggerOptions> | undefined,
  { settings, modules, options }: LoggerParts,
): Promise<AuditLogger> {
  // The files themselves: the door has what reads a log, too.
  const { AuditLogger } = await import("../audit/audit-logger.ts");
  const { enabled: _enabled, signingKey, signerName, anchorFile, ...configured } = settings.config.audit;
  const name = signerName === undefined ? {} : { name: signerName };
  const openSigner = async (path: string): Promise<CheckpointSigner> => {
    const { createSigner } = await import("../audit/signed-note.ts");
    try {
      return createSigner({ privateKey: await readFile(path, "utf8"), ...name });
    } catch (problem) {
      throw settingError(settings, "audit.signing_key", problem);
    }
  };
  const anchors =
    anchorFile === undefined ? {} : { anchors: [(await import("../audit/anchors.ts")).fileAnchor(anchorFile)] };
  const { tenant } = settings.config.budget;
  const isElsewhere = (given?.dir ?? configured.dir) !== undefined;
  return new AuditLogger({
    dir: dataFolder(settings.home, "audit"),
    ...(isElsewhere ? {} : { costView: dataFolder(settings.home, "audit.jsonl") }),
    redact: modules.redact,
    ...(options.clock === undefined ? {} : { clock: options.clock }),
    ...(signingKey === undefined ? {} : { signer: await openSigner(signingKey) }),
    ...anchors,
    ...(tenant === undefined ? {} : { tenant }),
    ...configured,
    ...definedOf(given ?? {}),
  });
}
