import type { Usage } from "./usage.ts";

/**
 * The port to a ledger: what a tree of agents, judges and compactions may use together. Amounts are tokens, USD, turns,
 * tool calls and milliseconds; an unknown cost is `undefined`, never 0. A ledger that several processes share answers
 * with promises, one of this process at once: callers await both.
 */
export interface Budget {
  /**
   * Holds what a call may use at most, on this budget and on all that it is a part of, or on none of them. Throws (or
   * rejects with) `BudgetExhaustedError` when one of them does not leave that much. The same `callId` and `attempt`
   * hold once: asking again gives the same reservation, or one without effect when it was settled already.
   */
  reserve(estimate: BudgetEstimate): Reservation | Promise<Reservation>;
  /** What is used and left. */
  snapshot(): BudgetSnapshot | Promise<BudgetSnapshot>;
  /** A limit, own or of a budget above, that comes near; each threshold is told once. */
  takeWarning(): BudgetWarning | undefined;
  /** A budget inside this one: it can be narrower, never wider, and what it uses counts here too. */
  child(limits: BudgetLimits): Budget;
  /**
   * A person said that it may go on: each limit that refused since and that asks (`onLimit: "ask"`) gets one more
   * window of its own size. False when nothing may grow.
   */
  extend?(): boolean | Promise<boolean>;
  /** Whether the model is to be told what remains. */
  readonly tellsModel?: boolean;
}

/** What is counted. */
export type BudgetDimension = "tokens" | "cost" | "turns" | "toolCalls" | "wallMs";

/** Whose spending a limit is about. */
export type BudgetScope = "run" | "session" | "agent" | "tenant" | "day" | "month";

/** What happens at a limit: the run stops, a person is asked, or a router takes cheaper models before it is reached. */
export type LimitAction = "stop" | "ask" | "degrade";

/** How a budget with a cost limit takes a cost that is not known. */
export type UnknownCostRule = "refuse" | "count_as_zero";

/** What a budget allows. What is left out has no limit; 0 allows nothing. */
export interface BudgetLimits {
  /** Input and output tokens together. */
  readonly maxTokens?: number | undefined;
  /** USD. */
  readonly maxCost?: number | undefined;
  /** Model calls. */
  readonly maxTurns?: number | undefined;
  readonly maxToolCalls?: number | undefined;
  /** Milliseconds from the opening of the budget on. */
  readonly maxWallMs?: number | undefined;
  /** Shares of a limit, above 0 up to 1, from which on `takeWarning` warns. @default 0.8 */
  readonly warnAt?: number | readonly number[] | undefined;
  /** @default "stop" */
  readonly onLimit?: LimitAction | undefined;
  /** Share of the token or cost limit from which on a router takes cheaper models. @default 0.8 with `onLimit: "degrade"`, else never */
  readonly degradeAt?: number | undefined;
  /**
   * What a budget with `maxCost` does with a cost that is not known: `refuse` every further call that is not free, or
   * `count_as_zero`. A child asks its own rule. @default "refuse"
   */
  readonly onUnknownCost?: UnknownCostRule | undefined;
  /** Tell the model what remains, at the start and whenever another quarter is used. @default false */
  readonly tellModel?: boolean | undefined;
}

/** The most that a call may use. */
export interface BudgetEstimate {
  readonly tokens?: number;
  /** USD; left out when the price is not known. */
  readonly cost?: number;
  readonly turns?: number;
  readonly toolCalls?: number;
  /** Names the call, so that it is held and settled once whatever is repeated. */
  readonly callId?: string;
  /** Counts the tries of the same call, which are paid one by one. @default 1 */
  readonly attempt?: number;
}

/** What a call really used. What is left out is charged as held. */
export interface BudgetUsage {
  readonly usage?: Usage;
  readonly tokens?: number;
  readonly cost?: number | undefined;
  readonly turns?: number;
  readonly toolCalls?: number;
}

/** A held slice of the budget. Disposal without `settle` charges all of it: what is unknown counts as spent. */
export interface Reservation extends Disposable {
  settle(actual: BudgetUsage): void | Promise<void>;
}

/** The state of a budget. What has no limit remains `undefined`; what remains is the least that any budget above leaves. */
export interface BudgetSnapshot {
  readonly tokensUsed: number;
  readonly inputTokensUsed: number;
  readonly outputTokensUsed: number;
  readonly costUsed: number;
  readonly turnsUsed: number;
  readonly toolCallsUsed: number;
  readonly wallMsUsed: number;
  readonly tokensReserved: number;
  readonly costReserved: number;
  readonly maxTokens: number | undefined;
  readonly maxCost: number | undefined;
  readonly maxTurns: number | undefined;
  readonly maxToolCalls: number | undefined;
  readonly maxWallMs: number | undefined;
  readonly tokensRemaining: number | undefined;
  readonly costRemaining: number | undefined;
  readonly turnsRemaining: number | undefined;
  readonly toolCallsRemaining: number | undefined;
  readonly wallMsRemaining: number | undefined;
  /** So much is used that cheaper models should answer. */
  readonly isDegraded: boolean;
}

/** A limit comes near. */
export interface BudgetWarning {
  readonly limit: BudgetDimension;
  /** Whose limit; left out where nobody named it. */
  readonly scope?: BudgetScope;
  /** Used share of the limit, 0 to 1. */
  readonly share: number;
  readonly snapshot: BudgetSnapshot;
}
