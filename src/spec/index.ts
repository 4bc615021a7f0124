export type {
  ApprovalAnswer,
  ApprovalQuestion,
  ApprovalScope,
  Approver,
  Grant,
  Grants,
  UserQuestion,
} from "./approver.ts";
export type {
  AuditAnswer,
  AuditDecision,
  AuditEvent,
  AuditEventData,
  AuditEventType,
  AuditRecord,
  HostAuditEvent,
} from "./audit-events.ts";
export type { Audit, AuditEntry, AuditScope } from "./audit.ts";
export type {
  Budget,
  BudgetDimension,
  BudgetEstimate,
  BudgetLimits,
  BudgetScope,
  BudgetSnapshot,
  BudgetUsage,
  BudgetWarning,
  LimitAction,
  Reservation,
  UnknownCostRule,
} from "./budget.ts";
export type { Check, CheckAnswer, CheckScope, Gate, RiskLevel } from "./check.ts";
export type { PolicyBackend, PolicyBackendAnswer, PolicyBackendCall } from "./policy-backend.ts";
export type { Clock, Random } from "./clock.ts";
export type { ContentPart, FilePart, ImagePart, TextPart } from "./content-part.ts";
export type { EditKeeper, KeptFiles } from "./edits.ts";
export type { ErrorCode } from "./error-code.ts";
export type { DirectoryEntry, FileContent, FileState, Files, ReadFileOptions, WriteFileOptions } from "./files.ts";
export type { GuardAction, Guards, GuardSignal, WatchedToolCall } from "./guards.ts";
export type { HookEventName, HookEvents, HookOutcome, HookScope, HookVerdict, Hooks } from "./hooks.ts";
export type { Journal, RecordOptions } from "./journal.ts";
export type { JsonObject, JsonSchema, JsonValue } from "./json.ts";
export type { ContextLabels, Labeller, LabelKind, LabelSource } from "./labels.ts";
export type {
  ApprovalRequest,
  CompactionEvent,
  AgentSummary,
  Denial,
  IgnoredSetting,
  Message,
  MessageBase,
  ReasoningMessage,
  Result,
  ResultError,
  SessionStartData,
  StopReason,
  SystemEvent,
  SystemEventData,
  TextMessage,
  ToolProgress,
  ToolResult,
  ToolUse,
} from "./message.ts";
export type {
  AssistantMessage,
  AssistantPart,
  AssistantTextPart,
  ModelMessage,
  OpaquePart,
  ReasoningPart,
  ToolCallPart,
  ToolMessage,
  ToolResultPart,
  UserMessage,
} from "./model-message.ts";
export type {
  FinishReason,
  Model,
  ModelCallOptions,
  SilenceLimits,
  ModelFallback,
  ModelFinish,
  ModelName,
  ModelRequest,
  ModelRetry,
  ModelStreamPart,
  PartIterator,
  Reasoning,
  ToolSpec,
} from "./model.ts";
export type { Prices } from "./prices.ts";
export type { PromptVersion } from "./prompt.ts";
export type { FilterFinding, FilterSource, FilterStream, FilteredText, ResultFilter } from "./result-filter.ts";
export type {
  ExecLimits,
  ExecOptions,
  ExecResult,
  Isolation,
  CodeLanguage,
  RunCodeOptions,
  RunCodeResult,
  Sandbox,
} from "./sandbox.ts";
export type {
  ApprovalDecidedData,
  ChargedData,
  CompactionUndoneData,
  HistoryCompactedData,
  ModelFailedData,
  ModelIntentData,
  ModelResultData,
  RunCreatedData,
  RunEndedData,
  SessionEvent,
  SessionEventBody,
  SessionEventData,
  SessionEventType,
  SteeringData,
  SubagentChargedData,
  SubagentEndedData,
  SubagentStartedData,
  ToolIntentData,
  ToolOutcomeSettledData,
  ToolResultData,
} from "./session-event.ts";
export type {
  ApprovalRecord,
  CallRecord,
  CompactionRecord,
  OpenTurn,
  SessionState,
  SubagentRecord,
} from "./session-state.ts";
export type {
  AcquireOptions,
  AppendEvents,
  AppendOptions,
  Lease,
  LeaseRefusal,
  PendingApproval,
  ReadSessionOptions,
  SessionQuery,
  SessionSnapshot,
  SessionStatus,
  SessionStore,
  SessionSummary,
  StoredEvent,
} from "./session-store.ts";
export type { Decision, PreparedCall, ToolCall, ToolCallResult, ToolOutcome, ToolOutcomeType } from "./tool-call.ts";
export type {
  ReconcileContext,
  Reconciled,
  Tool,
  ToolContext,
  ToolDurability,
  ToolEffect,
  ToolOutput,
  ToolOutputObject,
} from "./tool.ts";
export type { ParentSpan, TraceContext } from "./trace-context.ts";
export type {
  Measurement,
  ModelCallFact,
  ModelCallStart,
  RunStart,
  Span,
  SpanFacts,
  SpanStarts,
  SpanType,
  Tracer,
} from "./tracer.ts";
export type { ModelCapabilities, ModelInfo, Pricing, PricingTier, Usage } from "./usage.ts";
