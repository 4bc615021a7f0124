import type {
  AssistantMessage,
  ContentPart,
  Decision,
  FinishReason,
  JsonValue,
  PromptVersion,
  StopReason,
  ToolOutcomeType,
  Usage,
} from "../spec/index.ts";

/** A session as its journal tells it: what was said, answered, decided and done, in order. */
export interface Recording {
  readonly sessionId: string;
  readonly runs: readonly RecordedRun[];
  /** Sessions of the sub-agents that worked for it: records of their own. */
  readonly subagents: readonly string[];
  /** How often the history was made shorter on the way. */
  readonly compactions: number;
}

/** One run of a session, over all its interruptions. */
export interface RecordedRun {
  readonly model: { readonly provider: string; readonly id: string };
  readonly cwd: string | undefined;
  readonly permissionMode: string | undefined;
  /** Digests of what the agent was made of, by name. */
  readonly definition: Readonly<Record<string, string>>;
  readonly prompt: readonly ContentPart[];
  readonly turns: readonly RecordedTurn[];
  /** How it ended; `undefined` for a run that nobody saw end. */
  readonly stopReason: StopReason | undefined;
  /** USD; `undefined` when a price was not known. */
  readonly cost: number | undefined;
}

/** One answer of the model, and what became of the calls it asked for. */
export interface RecordedTurn {
  /** What the person said between the last turn and this one. */
  readonly said: readonly string[];
  /** The template of the system prompt. */
  readonly promptVersion: PromptVersion | undefined;
  readonly message: AssistantMessage;
  readonly reason: FinishReason;
  readonly usage: Usage | undefined;
  readonly calls: readonly RecordedCall[];
}

/** One tool call. */
export interface RecordedCall {
  /** The provider's id. */
  readonly toolUseId: string;
  readonly name: string;
  /** As the model asked. */
  readonly args: JsonValue | undefined;
  /** Digest of `{ name, args }` as they were judged (RFC 8785, SHA-256), for a call that came so far as to have an effect. */
  readonly argsDigest: string | undefined;
  /** A person was asked about it. */
  readonly wasAsked: boolean;
  /** `undefined`: nobody saw it end. */
  readonly outcome: ToolOutcomeType | undefined;
  readonly decision: Decision | undefined;
  /** What the model read of it. */
  readonly content: string | readonly ContentPart[] | undefined;
  readonly isError: boolean;
}
