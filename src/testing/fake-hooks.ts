import type { HookEventName, HookEvents, HookOutcome, Hooks, HookVerdict } from "../spec/index.ts";

/** An event as fake hooks heard it. */
export type FakeHookEvent = {
  [Name in HookEventName]: { readonly event: Name; readonly payload: HookEvents[Name] };
}[HookEventName];

/** Fake hooks keep every event. */
export interface FakeHooks extends Hooks {
  readonly events: readonly FakeHookEvent[];
}

/**
 * Hooks that listen to everything and answer by a script: each event takes the next verdict under its name and
 * proceeds when there is none left.
 */
export function fakeHooks(script: { readonly [Name in HookEventName]?: readonly HookVerdict[] } = {}): FakeHooks {
  const events: FakeHookEvent[] = [];
  const heard = new Map<HookEventName, number>();
  return {
    events,
    has: () => true,
    async run(event, payload, { signal }) {
      signal.throwIfAborted();
      // Name and payload belong together by the port's signature; the union cannot be told so.
      events.push({ event, payload } as FakeHookEvent);
      const index = heard.get(event) ?? 0;
      heard.set(event, index + 1);
      return toOutcome(script[event]?.[index] ?? { type: "proceed" });
    },
  };
}

function toOutcome(verdict: HookVerdict): HookOutcome {
  const silent: HookOutcome = { verdict: "proceed", guidance: [], failures: [] };
  switch (verdict.type) {
    case "proceed":
      return silent;
    case "ask":
    case "deny":
      return { ...silent, verdict: verdict.type, reason: verdict.reason };
    case "modify":
      return { ...silent, args: verdict.args };
    case "guide":
      return { ...silent, guidance: [verdict.text] };
    default:
      return verdict satisfies never;
  }
}
