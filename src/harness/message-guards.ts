import type {
  ApprovalRequest,
  CompactionEvent,
  Message,
  ReasoningMessage,
  Result,
  SystemEvent,
  TextMessage,
  ToolProgress,
  ToolResult,
  ToolUse,
} from "../spec/index.ts";

/** Whether a message is a `SystemEvent`. */
export function isSystemEvent(message: Message): message is SystemEvent {
  return message.type === "system";
}

/** Whether a message is a `TextMessage`, partial or whole. */
export function isTextMessage(message: Message): message is TextMessage {
  return message.type === "text";
}

/** Whether a message is a `ReasoningMessage`, partial or whole. */
export function isReasoningMessage(message: Message): message is ReasoningMessage {
  return message.type === "reasoning";
}

/** Whether a message is a `ToolUse`. */
export function isToolUse(message: Message): message is ToolUse {
  return message.type === "tool_use";
}

/** Whether a message is a `ToolProgress`. */
export function isToolProgress(message: Message): message is ToolProgress {
  return message.type === "tool_progress";
}

/** Whether a message is an `ApprovalRequest`. */
export function isApprovalRequest(message: Message): message is ApprovalRequest {
  return message.type === "approval_request";
}

/** Whether a message is a `ToolResult`. */
export function isToolResult(message: Message): message is ToolResult {
  return message.type === "tool_result";
}

/** Whether a message is a `CompactionEvent`. */
export function isCompactionEvent(message: Message): message is CompactionEvent {
  return message.type === "compaction";
}

/** Whether a message is the terminal `Result`. */
export function isResult(message: Message): message is Result {
  return message.type === "result";
}
