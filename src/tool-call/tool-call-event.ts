import type { ApprovalQuestion, BudgetSnapshot, Grant, LabelSource } from "../spec/index.ts";

/** What a tool call reports while it is under way. */
export type ToolCallEvent =
  | { readonly type: "progress"; readonly text: string }
  | { readonly type: "approval-request"; readonly question: ApprovalQuestion }
  | {
      readonly type: "policy-simulated";
      readonly effect: "allow" | "ask" | "deny";
      readonly rule?: string;
      readonly reason: string;
    }
  | { readonly type: "budget-extended"; readonly reason: string; readonly snapshot: BudgetSnapshot }
  | { readonly type: "approval-remembered"; readonly grant: Grant }
  | { readonly type: "context-labelled"; readonly sources: readonly LabelSource[] }
  | { readonly type: "injection-suspected"; readonly findings: readonly string[] }
  | { readonly type: "hook"; readonly event: string; readonly reason: string };

/** Hears at once what a tool call reports. What it throws ends the call, and goes up. */
export type Tell = (event: ToolCallEvent) => void;

/** What goes along with a call through all its steps. */
export interface CallWatch {
  readonly signal: AbortSignal;
  readonly tell: Tell;
}
