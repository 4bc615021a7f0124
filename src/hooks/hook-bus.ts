import { isPromise } from "../async/index.ts";
import { suggestName } from "../errors/index.ts";
import type { HookEventName, HookEvents, HookOutcome, Hooks } from "../spec/index.ts";
import { callHook, type Hook, type HookFunction } from "./call-hook.ts";
import { EVENT_RULES, resolveEvent, type HookEventKey, type ResolvedEvent } from "./event-names.ts";
import { compileMatcher, type HookMatcher } from "./matcher.ts";
import { closeOutcome, joinVerdict, openOutcome } from "./outcome.ts";

const OPTION_NAMES: readonly string[] = ["matcher", "timeoutMs", "onError", "order"];
/** The longest time that a timer can wait. */
const MAX_TIMEOUT_MS = 2 ** 31 - 1;

/** How a hook is called. */
export interface HookOptions<Name extends HookEventName = HookEventName> {
  /** Tool names ("Bash", "mcp__*"), a regular expression for them, or a function. @default every event */
  readonly matcher?: HookMatcher<Name> | undefined;
  /** Milliseconds. @default 30000 */
  readonly timeoutMs?: number | undefined;
  /**
   * What a throw, a time-out or an answer in an unknown form means. @default "deny" for beforeToolCall, beforePrompt
   * and beforeModelCall; "ignore" (told in `failures`) for hooks that only observe
   */
  readonly onError?: "deny" | "ignore" | undefined;
  /** Smaller runs earlier; equals run as they were added. @default 0 */
  readonly order?: number | undefined;
}

/** Hears an event after all hooks; what it does cannot break or delay the run. */
export type HookObserver<Name extends HookEventName> = (payload: HookEvents[Name], outcome: HookOutcome) => void;

/**
 * The hooks of runs. Those of `before…` events run in the order in which they were added and their verdicts join: the
 * strictest counts, a denial ends the row, a modification is seen by the next hook. Those of `after…` events and of
 * `sessionEnd` run in the reverse order and only observe. A hook can never loosen what the rest of the gate decides.
 *
 * @example
 * const hooks = new HookBus();
 * hooks.on("beforeToolCall", ({ args }) => {
 *   if (String(args["command"]).includes("prod")) return { type: "deny", reason: "Not on production" };
 * }, { matcher: "Bash" });
 */
export class HookBus implements Hooks {
  readonly #hooks: { [Name in HookEventName]?: readonly Hook<Name>[] } = {};
  readonly #observers: { [Name in HookEventName]?: readonly HookObserver<Name>[] } = {};

  /**
   * Adds a hook and returns the function that removes it. An event's name may be an alias ("pre_tool_use"). Throws a
   * `TypeError` for an unknown event or option, or a matcher that could never match.
   */
  on<Key extends HookEventKey>(
    event: Key,
    hook: HookFunction<ResolvedEvent<Key>>,
    options: HookOptions<ResolvedEvent<Key>> = {},
  ): () => void {
    return this.#add(resolveEvent(event), hook, options);
  }

  /** Adds a listener that hears the event after its hooks, and returns the function that removes it. */
  observe<Key extends HookEventKey>(event: Key, observer: HookObserver<ResolvedEvent<Key>>): () => void {
    checkFunction(observer);
    return this.#addObserver(resolveEvent(event), observer);
  }

  /** Runs an event for a host program, outside of any run. */
  async emit<Key extends HookEventKey>(
    event: Key,
    payload: HookEvents[ResolvedEvent<Key>],
    options: { readonly signal?: AbortSignal } = {},
  ): Promise<HookOutcome> {
    const { signal = new AbortController().signal } = options;
    return await this.run(resolveEvent(event), payload, { signal });
  }

  has(event: HookEventName): boolean {
    return (this.#hooks[event]?.length ?? 0) > 0 || (this.#observers[event]?.length ?? 0) > 0;
  }

  async run<Name extends HookEventName>(
    event: Name,
    payload: HookEvents[Name],
    { signal }: { readonly signal: AbortSignal },
  ): Promise<HookOutcome> {
    const joined = openOutcome();
    for (const hook of this.#hooks[event] ?? []) {
      const seen = joined.args === undefined ? payload : { ...payload, args: joined.args };
      const pending = callHook(hook, { event, payload: seen, signal });
      const answer = pending instanceof Promise ? await pending : pending;
      if (answer.type === "verdict") joinVerdict(joined, answer.verdict);
      else if (hook.onError === "deny")
        joinVerdict(joined, { type: "deny", reason: `A hook failed: ${answer.reason}` });
      else joined.failures.push(`A hook of ${event} failed: ${answer.reason}`);
      if (joined.verdict === "deny") break;
    }
    const outcome = closeOutcome(joined);
    for (const observer of this.#observers[event] ?? []) tell(observer, payload, outcome);
    return outcome;
  }

  #add<Name extends HookEventName>(event: Name, call: HookFunction<Name>, options: HookOptions<Name>): () => void {
    checkFunction(call);
    checkOptions(options);
    const rules = EVENT_RULES[event];
    const { timeoutMs = 30_000, onError = rules.isGate ? "deny" : "ignore", order = 0 } = options;
    const hook: Hook<Name> = { call, matches: compileMatcher(event, options.matcher), timeoutMs, onError, order };
    // A new list each time: a run that is going through the old one is not disturbed.
    const others: readonly Hook<Name>[] = this.#hooks[event] ?? [];
    const all = rules.isReversed ? [hook, ...others] : [...others, hook];
    this.#setHooks(
      event,
      all.toSorted((left, right) => left.order - right.order),
    );
    return () =>
      this.#setHooks(
        event,
        (this.#hooks[event] ?? []).filter((other) => other !== hook),
      );
  }

  #setHooks<Name extends HookEventName>(event: Name, hooks: readonly Hook<Name>[]): void {
    const lists: { [Event in Name]?: readonly Hook<Event>[] } = this.#hooks;
    lists[event] = hooks;
  }

  #addObserver<Name extends HookEventName>(event: Name, observer: HookObserver<Name>): () => void {
    const lists: { [Event in Name]?: readonly HookObserver<Event>[] } = this.#observers;
    // An own object for each addition, so that the same function added twice is removed once.
    const added: HookObserver<Name> = (payload, outcome) => observer(payload, outcome);
    lists[event] = [...(this.#observers[event] ?? []), added];
    return () => {
      lists[event] = (this.#observers[event] ?? []).filter((other) => other !== added);
    };
  }
}

/** An observer's failure is its own: nobody waits for it and nothing of it reaches the run. */
function tell<Name extends HookEventName>(
  observer: HookObserver<Name>,
  payload: HookEvents[Name],
  outcome: HookOutcome,
): void {
  try {
    const returned: unknown = observer(payload, outcome);
    if (isPromise(returned)) Promise.resolve(returned).catch(() => {});
  } catch {
    // See above.
  }
}

function checkFunction(value: unknown): void {
  if (typeof value !== "function") throw new TypeError(`A hook is a function, got ${typeof value}`);
}

function checkOptions(options: HookOptions<never>): void {
  const unknown = Object.keys(options).find((name) => !OPTION_NAMES.includes(name));
  if (unknown !== undefined) {
    throw new TypeError(`A hook has no option "${unknown}".${suggestName(unknown, OPTION_NAMES)}`);
  }
  const { timeoutMs = 1, onError, order = 0 } = options;
  if (!(timeoutMs > 0 && timeoutMs <= MAX_TIMEOUT_MS)) {
    throw new RangeError(`timeoutMs must be above 0 and at most ${MAX_TIMEOUT_MS}, got ${String(timeoutMs)}`);
  }
  if (onError !== undefined && onError !== "deny" && onError !== "ignore") {
    throw new TypeError(`onError must be "deny" or "ignore", got ${String(onError)}`);
  }
  if (!Number.isFinite(order)) throw new RangeError(`order must be a number, got ${String(order)}`);
}
