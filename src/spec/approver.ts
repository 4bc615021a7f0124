import type { RiskLevel } from "./check.ts";
import type { JsonObject } from "./json.ts";
import type { ContextLabels } from "./labels.ts";

/** The port to whoever answers when a check asks: a person, a chat bot, a ticket system. */
export interface Approver {
  /** A throw, a time-out or an answer in an unknown form is a denial. */
  decide(question: ApprovalQuestion, options: { readonly signal: AbortSignal }): Promise<ApprovalAnswer | boolean>;
  /** Answers the agent's own questions (`AskUser`). Without it the tool says that nobody is there. */
  ask?(question: UserQuestion, options: { readonly signal: AbortSignal }): Promise<string>;
}

/**
 * What is to be approved: exactly these arguments, nothing else. Plain JSON, so that it can be kept and answered days
 * later from another process.
 */
export interface ApprovalQuestion {
  readonly id: string;
  readonly toolUseId: string;
  readonly sessionId: string;
  readonly agent: string;
  readonly name: string;
  readonly args: JsonObject;
  /** SHA-256 of the canonical JSON (RFC 8785) of `{ name, args }`: what an answer is bound to. */
  readonly argsDigest: string;
  /** Content hash of the policy that judged the call; left out where no policy says. */
  readonly policyVersion?: string;
  /** Who asks: "policy", "permission", "taint", "risk", "hook". */
  readonly layer: string;
  /** Nobody wrote a rule about such calls: it is asked because nothing else holds. */
  readonly isDefault: boolean;
  readonly rule?: string;
  readonly reason: string;
  readonly risk: RiskLevel;
  /** Why it is of that risk; the gravest first. */
  readonly riskReasons: readonly string[];
  readonly cwd: string;
  /** What came into the agent's context before it asked for this. */
  readonly labels: ContextLabels;
  /** How far an answer may reach; one that reaches further counts as `once`. */
  readonly scopes: readonly ApprovalScope[];
  /** The rule that "always" would write, where that is possible: the least that covers this call. */
  readonly proposedRule?: string;
  /** Milliseconds since the epoch. */
  readonly askedAt: number;
  /** Milliseconds since the epoch; after that the answer is a denial. `undefined`: no limit. */
  readonly expiresAt: number | undefined;
  /**
   * What is asked: whether the call may run, or, after a crash, what became of it: then the answer is a `resolution`.
   * @default "call"
   */
  readonly about?: "call" | "outcome";
  /** How many different people must approve. One denial is enough. @default 1 */
  readonly quorum?: number;
  /** Who asked for the run: cannot approve what it does. */
  readonly requestedBy?: string;
}

/** For how long an approval holds: this call, the rest of the session, or ever after in this folder. */
export type ApprovalScope = "once" | "session" | "always";

/** An answer about one call. */
export interface ApprovalAnswer {
  readonly decision: "approve" | "deny" | "pause";
  /** @default "once" */
  readonly scope?: ApprovalScope;
  /** Told to the model. */
  readonly feedback?: string;
  /** Arguments to use instead: parsed and judged again like the model's own. */
  readonly editedArgs?: JsonObject;
  /** The digest of what the approver saw; an answer about anything else is a denial. */
  readonly argsDigest?: string;
  /** Who answered, for the audit log. */
  readonly approver?: string;
  /** What became of a call whose outcome is not known: it happened, it did not and may run, or the run must end. */
  readonly resolution?: "done" | "retry" | "abort";
}

/** A question of the agent to the person. */
export interface UserQuestion {
  readonly question: string;
  readonly options?: readonly string[];
}

/** The port that remembers approvals beyond one call. */
export interface Grants {
  /** Whether somebody allowed such calls before; `undefined` when nobody did. Never throws for a call that it cannot read. */
  find(question: ApprovalQuestion): Grant | undefined;
  /** The rule that "always" would write for such a call, to be shown; `undefined` when none is narrow enough. */
  propose?(question: ApprovalQuestion): string | undefined;
  /** Keeps what an answer of scope "session" or "always" allows and returns it, to be shown. A throw: the answer counts once. */
  remember(question: ApprovalQuestion, answer: ApprovalAnswer): Promise<Grant> | Grant;
}

/** A remembered approval. */
export interface Grant {
  readonly scope: Exclude<ApprovalScope, "once">;
  /** The minimal rule, as people read it. */
  readonly rule: string;
  /** The file that it was written to. */
  readonly file?: string;
  readonly approver?: string;
}
