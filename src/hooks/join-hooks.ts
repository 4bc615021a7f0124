import type { HookEventName, HookEvents, HookOutcome, Hooks } from "../spec/index.ts";
import { EVENT_RULES } from "./event-names.ts";

/**
 * Two sets of hooks as one: of `before…` events the first set runs first and the second sees what it modified, of
 * `after…` events and `sessionEnd` the other way round. The strictest verdict counts; a denial ends the row.
 */
export function joinHooks(first: Hooks, second: Hooks): Hooks {
  return {
    has: (event) => first.has(event) || second.has(event),
    async run(event, payload, options) {
      const [one, other] = EVENT_RULES[event].isReversed ? [second, first] : [first, second];
      const earlier = await runSet(one, event, payload, options);
      if (earlier.verdict === "deny") return earlier;
      const seen = earlier.args === undefined ? payload : { ...payload, args: earlier.args };
      return join(earlier, await runSet(other, event, seen, options));
    },
  };
}

const NOTHING: HookOutcome = { verdict: "proceed", guidance: [], failures: [] };

async function runSet<Name extends HookEventName>(
  hooks: Hooks,
  event: Name,
  payload: HookEvents[Name],
  options: { readonly signal: AbortSignal },
): Promise<HookOutcome> {
  return hooks.has(event) ? await hooks.run(event, payload, options) : NOTHING;
}

function join(earlier: HookOutcome, later: HookOutcome): HookOutcome {
  const verdict = later.verdict === "proceed" ? earlier.verdict : later.verdict;
  const asks = earlier.verdict === "ask" && later.verdict === "ask" ? earlier : later;
  const { reason = earlier.reason } = asks;
  const args = later.args ?? earlier.args;
  return {
    verdict,
    ...(reason === undefined ? {} : { reason }),
    ...(args === undefined ? {} : { args }),
    guidance: [...earlier.guidance, ...later.guidance],
    failures: [...earlier.failures, ...later.failures],
  };
}
