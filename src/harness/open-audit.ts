import type { Audit } from "../spec/index.ts";
import { dataFolder } from "./data-folder.ts";
import { definedOf } from "./defined-of.ts";
import { noAudit } from "./no-audit.ts";
import type { RunOptions } from "./run-options.ts";
import type { Wiring } from "./wiring.ts";

/** The audit log of a run. */
export interface OpenedAudit {
  readonly audit: Audit;
  /** Closed with the run; a host's own log is not. */
  readonly isOwn: boolean;
  readonly path?: string;
}

/** Opens the log: the host's own, or one file for the session. A log that cannot be opened throws. */
export async function openAudit(
  { settings, modules }: Wiring,
  { options, sessionId }: { readonly options: RunOptions; readonly sessionId: string },
): Promise<OpenedAudit> {
  const { audit } = options;
  const section = settings.config.audit;
  if (audit === false || (audit === undefined && section.enabled === false)) return { audit: noAudit, isOwn: false };
  if (audit !== undefined && "openCall" in audit) return { audit, isOwn: false };
  const { AuditLogger } = await import("../audit/index.ts");
  const { enabled: _enabled, ...configured } = section;
  const logger = new AuditLogger({
    dir: dataFolder(settings.home, "audit"),
    redact: modules.redact,
    sessionId,
    ...(options.clock === undefined ? {} : { clock: options.clock }),
    ...configured,
    ...definedOf(audit ?? {}),
  });
  return { audit: logger, isOwn: true, path: logger.path };
}
