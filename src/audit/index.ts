export {
  callbackAnchor,
  fileAnchor,
  gitNoteAnchor,
  openTelemetryAnchor,
  type AuditAnchor,
  type GitNoteAnchorOptions,
} from "./anchors.ts";
export { AuditLogger } from "./audit-logger.ts";
export { type AuditLoggerOptions, type AuditSync } from "./audit-logger-options.ts";
export { type BadPlace } from "./chain-reader.ts";
export { type ChainProblem } from "./check-line.ts";
export { type Checkpoint, type SignedCheckpoint } from "./checkpoint.ts";
export { sumCosts, type CostGroup, type CostOptions, type CostRow } from "./cost-report.ts";
export { eraseAuditContent, type Erasure, type EraseOptions } from "./erase-content.ts";
export { exportAudit, streamAuditExport, type ExportOptions } from "./export-audit.ts";
export { queryAudit, type AuditFilter } from "./query-audit.ts";
export { enforceRetention, type RetentionOptions } from "./retention.ts";
export { createSigner, verifierKeyOf, type CheckpointSigner, type SignerOptions } from "./signed-note.ts";
export { tailAudit, type TailOptions } from "./tail-audit.ts";
export { type LastSign, type Silence } from "./silence-watch.ts";
export { type AuditFileReport } from "./verify-log.ts";
export { verifyAudit, type AuditReport, type VerifyOptions } from "./verify-audit.ts";
export {
  createPiiFilter,
  redactPii,
  scanPii,
  type PiiAction,
  type PiiDetector,
  type PiiFinding,
  type PiiKind,
  type PiiOptions,
  type PiiRedaction,
  type RedactPiiOptions,
} from "../pii/index.ts";
export { AuditChainError } from "../errors/index.ts";
export type {
  Audit,
  AuditEntry,
  AuditEvent,
  AuditEventData,
  AuditEventType,
  AuditRecord,
  AuditScope,
} from "../spec/index.ts";
