import { suggestName } from "../errors/index.ts";
import type { HookEventName } from "../spec/index.ts";

/** Other names of events, as hooks of earlier tools call them. */
export interface HookEventAliases {
  readonly pre_tool_use: "beforeToolCall";
  readonly post_tool_use: "afterToolCall";
  readonly session_start: "sessionStart";
  readonly session_end: "sessionEnd";
  readonly user_prompt: "beforePrompt";
  readonly compaction: "beforeCompaction";
  readonly agent_stop: "sessionEnd";
}

/** A name under which hooks can be added. */
export type HookEventKey = HookEventName | keyof HookEventAliases;

/** The event that a name means. */
export type ResolvedEvent<Key extends HookEventKey> = Key extends HookEventName
  ? Key
  : Key extends keyof HookEventAliases
    ? HookEventAliases[Key]
    : never;

/** What hooks of an event may do, and which failure counts. */
export interface EventRules {
  /** The hooks' verdicts count; otherwise they only observe. */
  readonly isGate: boolean;
  /** The event is about one tool, so that a matcher can name it. */
  readonly isTool: boolean;
  /** The last hook added runs first, so that a pair of hooks encloses those added between. */
  readonly isReversed: boolean;
}

const OBSERVED: EventRules = { isGate: false, isTool: false, isReversed: false };
const GATE: EventRules = { isGate: true, isTool: false, isReversed: false };

/** Every event: leaving one out does not compile. */
export const EVENT_RULES: Readonly<Record<HookEventName, EventRules>> = {
  sessionStart: OBSERVED,
  beforePrompt: GATE,
  beforeModelCall: GATE,
  afterModelCall: { ...OBSERVED, isReversed: true },
  beforeToolCall: { ...GATE, isTool: true },
  afterToolCall: { isGate: false, isTool: true, isReversed: true },
  beforeCompaction: OBSERVED,
  afterCompaction: { ...OBSERVED, isReversed: true },
  subagentStart: GATE,
  subagentStop: { ...OBSERVED, isReversed: true },
  sessionEnd: { ...OBSERVED, isReversed: true },
};

const ALIASES: HookEventAliases = {
  pre_tool_use: "beforeToolCall",
  post_tool_use: "afterToolCall",
  session_start: "sessionStart",
  session_end: "sessionEnd",
  user_prompt: "beforePrompt",
  compaction: "beforeCompaction",
  agent_stop: "sessionEnd",
};

/** The event that a name means. Throws a `TypeError` for an unknown one: a hook that never runs protects nobody. */
export function resolveEvent<Key extends HookEventKey>(key: Key): ResolvedEvent<Key> {
  const name: unknown = Object.hasOwn(ALIASES, key) ? ALIASES[key as keyof HookEventAliases] : key;
  // The table above is the type `ResolvedEvent` as values, and everything else is refused below.
  if (typeof name === "string" && Object.hasOwn(EVENT_RULES, name)) return name as ResolvedEvent<Key>;
  const valid = [...Object.keys(EVENT_RULES), ...Object.keys(ALIASES)];
  throw new TypeError(
    `There is no hook event "${String(key)}".${suggestName(String(key), valid)} Events: ${valid.join(", ")}`,
  );
}
