import type { Clock, GuardSignal } from "../spec/index.ts";
import { GROWN_UP, type AnomalyRule, type Baseline, type RateRule } from "./anomaly-rule.ts";

/** How one agent behaves: what it did in the last minute, and what it is used to. */
export interface Behaviour {
  noteCall(isError: boolean): void;
  noteCost(usd: number): void;
  /** The first rule that is broken now and was not a minute ago. */
  check(rules: readonly AnomalyRule[]): GuardSignal | undefined;
  readonly baseline: Baseline;
}

const MINUTE = 60_000;
/** How much the newest minute counts. */
const WEIGHT = 0.1;
/** Baselines below are taken as this: twice of next to nothing is no anomaly. */
const LEAST_CALLS = 5;
const LEAST_USD = 0.01;

interface Entry {
  readonly at: number;
  readonly usd: number;
  readonly isCall: boolean;
}

/** Starts to watch an agent, with what is known of it. */
export function watchBehaviour(clock: Pick<Clock, "monotonic">, known: Baseline | undefined): Behaviour {
  let recent: Entry[] = [];
  let errors: boolean[] = [];
  let baseline: Baseline = known ?? { callsPerMinute: 0, usdPerMinute: 0, minutes: 0 };
  let minute = { startedAt: clock.monotonic(), calls: 0, usd: 0 };
  const tripped = new Map<string, number>();

  const note = (entry: Omit<Entry, "at">): void => {
    const at = clock.monotonic();
    if (at - minute.startedAt >= MINUTE) {
      // A minute without work says nothing about how the agent works.
      if (minute.calls > 0) baseline = learn(baseline, minute);
      minute = { startedAt: at, calls: 0, usd: 0 };
    }
    minute = { ...minute, calls: minute.calls + (entry.isCall ? 1 : 0), usd: minute.usd + entry.usd };
    recent.push({ ...entry, at });
    // Cut now and then, not at each call.
    if (recent.length > 64 && recent[recent.length >> 1]?.at !== undefined) recent = lastMinute(recent, at);
  };
  return {
    noteCall(isError) {
      note({ usd: 0, isCall: true });
      errors.push(isError);
      if (errors.length > 2000) errors = errors.slice(-1000);
    },
    noteCost: (usd) => note({ usd, isCall: false }),
    check(rules) {
      const now = clock.monotonic();
      recent = lastMinute(recent, now);
      const rates = {
        calls_per_minute: recent.filter(({ isCall }) => isCall).length,
        spend_per_minute: recent.reduce((sum, { usd }) => sum + usd, 0),
      };
      for (const rule of rules) {
        const signal =
          rule.rule === "error_rate" ? checkErrors(rule, errors) : checkRate(rule, rates[rule.rule], baseline);
        if (signal === undefined || now - (tripped.get(rule.rule) ?? -Infinity) < MINUTE) continue;
        tripped.set(rule.rule, now);
        return signal;
      }
      return undefined;
    },
    get baseline() {
      return baseline;
    },
  };
}

function lastMinute(entries: readonly Entry[], now: number): Entry[] {
  return entries.filter(({ at }) => now - at < MINUTE);
}

/** The first minutes count in full, so that a baseline is not nothing for long. */
function learn(
  { callsPerMinute, usdPerMinute, minutes }: Baseline,
  minute: { readonly calls: number; readonly usd: number },
): Baseline {
  const weight = Math.max(WEIGHT, 1 / (minutes + 1));
  return {
    callsPerMinute: callsPerMinute * (1 - weight) + minute.calls * weight,
    usdPerMinute: usdPerMinute * (1 - weight) + minute.usd * weight,
    minutes: minutes + 1,
  };
}

function checkRate(
  { rule, above, timesBaseline, action }: RateRule,
  value: number,
  baseline: Baseline,
): GuardSignal | undefined {
  const isCalls = rule === "calls_per_minute";
  const unit = isCalls ? "calls" : "USD";
  const shown = isCalls ? String(value) : value.toFixed(4);
  if (above !== undefined && value > above) {
    return { guard: rule, action, reason: `${shown} ${unit} in a minute, more than ${above}`, value, limit: above };
  }
  if (timesBaseline === undefined || baseline.minutes < GROWN_UP) return undefined;
  const own = isCalls ? Math.max(LEAST_CALLS, baseline.callsPerMinute) : Math.max(LEAST_USD, baseline.usdPerMinute);
  const limit = own * timesBaseline;
  if (value <= limit) return undefined;
  const reason = `${shown} ${unit} in a minute, more than ${timesBaseline} times the agent's own ${own.toFixed(2)}`;
  return { guard: rule, action, reason, value, limit };
}

function checkErrors(
  { above, calls = 20, action }: Extract<AnomalyRule, { readonly rule: "error_rate" }>,
  errors: readonly boolean[],
): GuardSignal | undefined {
  const last = errors.slice(-calls);
  const share = last.filter(Boolean).length / calls;
  if (last.length < calls || share <= above) return undefined;
  const reason = `${Math.round(share * 100)} % of the last ${calls} calls failed, more than ${Math.round(above * 100)} %`;
  return { guard: "error_rate", action, reason, value: share, limit: above };
}
