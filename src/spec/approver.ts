import type { RiskLevel } from "./check.ts";
import type { JsonObject } from "./json.ts";

/** The port to whoever answers when a check asks: a person, a chat bot, a ticket system. */
export interface Approver {
  /** A throw, a time-out or an answer in an unknown form is a denial. */
  decide(question: ApprovalQuestion, options: { readonly signal: AbortSignal }): Promise<ApprovalAnswer | boolean>;
  /** Answers the agent's own questions (`AskUser`). Without it the tool says that nobody is there. */
  ask?(question: UserQuestion, options: { readonly signal: AbortSignal }): Promise<string>;
}

/** What is to be approved: exactly these arguments, nothing else. */
export interface ApprovalQuestion {
  readonly id: string;
  readonly toolUseId: string;
  readonly sessionId: string;
  readonly agent: string;
  readonly name: string;
  readonly args: JsonObject;
  readonly reason: string;
  readonly risk: RiskLevel;
  /** Milliseconds since the epoch; after that the answer is a denial. `undefined`: no limit. */
  readonly expiresAt: number | undefined;
}

/** An answer about one call. */
export interface ApprovalAnswer {
  readonly decision: "approve" | "deny" | "pause";
  /** Told to the model. */
  readonly feedback?: string;
  /** Who answered, for the audit log. */
  readonly approver?: string;
}

/** A question of the agent to the person. */
export interface UserQuestion {
  readonly question: string;
  readonly options?: readonly string[];
}
