import { isPromise, openSignalScope, raceSignal } from "../async/index.ts";
import { describeError } from "../errors/index.ts";
import type { HookEventName, HookEvents, HookVerdict } from "../spec/index.ts";
import { EVENT_RULES } from "./event-names.ts";
import { readVerdict } from "./read-verdict.ts";

/** What a hook gets besides the payload. */
export interface HookContext {
  /** Aborted when the run ends or the hook's time is over. */
  readonly signal: AbortSignal;
}

/** A function that hears an event. Nothing returned means proceed; other values than verdicts are failures. */
export type HookFunction<Name extends HookEventName = HookEventName> = (
  payload: HookEvents[Name],
  context: HookContext,
) => HookVerdict | undefined | void | Promise<HookVerdict | undefined | void>;

/** A hook as the bus keeps it. */
export interface Hook<Name extends HookEventName> {
  readonly call: HookFunction<Name>;
  readonly matches: (payload: HookEvents[Name]) => boolean;
  readonly timeoutMs: number;
  readonly onError: "deny" | "ignore";
  readonly order: number;
}

/** What came of a call: a verdict, or why there is none. */
export type HookAnswer =
  { readonly type: "verdict"; readonly verdict: HookVerdict } | { readonly type: "failed"; readonly reason: string };

/** One call of a hook. */
export interface HookCall<Name extends HookEventName> {
  readonly event: Name;
  readonly payload: HookEvents[Name];
  readonly signal: AbortSignal;
}

const PROCEED: HookAnswer = { type: "verdict", verdict: { type: "proceed" } };

/** Calls one hook; waits only where it gave a promise. Throws or rejects with `signal.reason` when the run is aborted. */
export function callHook<Name extends HookEventName>(
  hook: Hook<Name>,
  call: HookCall<Name>,
): HookAnswer | Promise<HookAnswer> {
  call.signal.throwIfAborted();
  // Most hooks are synchronous and look at no signal: the timer and its links are made only for those that do.
  let scope: ReturnType<typeof openSignalScope> | undefined;
  const openScope = (): ReturnType<typeof openSignalScope> =>
    (scope ??= openSignalScope([call.signal], {
      timeoutMs: hook.timeoutMs,
      timeoutReason: () => new Error(`it took longer than ${hook.timeoutMs} ms`),
    }));
  const context: HookContext = {
    get signal() {
      return openScope().signal;
    },
  };
  let answer: HookAnswer;
  try {
    const returned: unknown = hook.matches(call.payload) ? hook.call(call.payload, context) : undefined;
    if (isPromise(returned)) return awaitAnswer(Promise.resolve(returned), call, openScope());
    answer = acceptAnswer(call.event, returned);
  } catch (error) {
    answer = { type: "failed", reason: describeError(error) };
  }
  scope?.[Symbol.dispose]();
  return answer;
}

async function awaitAnswer<Name extends HookEventName>(
  promise: Promise<unknown>,
  { event, signal }: HookCall<Name>,
  openedScope: ReturnType<typeof openSignalScope>,
): Promise<HookAnswer> {
  using scope = openedScope;
  try {
    return acceptAnswer(event, await raceSignal(promise, scope.signal));
  } catch (error) {
    // The end of the run is not the hook's failure.
    signal.throwIfAborted();
    return { type: "failed", reason: describeError(error) };
  }
}

function acceptAnswer(event: HookEventName, returned: unknown): HookAnswer {
  if (returned === undefined) return PROCEED;
  const verdict = readVerdict(returned, event === "beforeToolCall");
  if (verdict.type === "proceed" || EVENT_RULES[event].isGate) return { type: "verdict", verdict };
  return { type: "failed", reason: `hooks of ${event} only observe; its verdict "${verdict.type}" counts for nothing` };
}
