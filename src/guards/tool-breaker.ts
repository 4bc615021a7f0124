import type { Clock, GuardAction, GuardSignal, WatchedToolCall } from "../spec/index.ts";

/** When a tool that fails is left alone. */
export interface ToolBreakerOptions {
  /** Failures of the same class in a row after which it is. @default 5 */
  readonly failures?: number;
  /** Milliseconds until one call may try again; doubled each time the trial fails. @default 60000 */
  readonly openMs?: number;
  /** What else happens when a tool is left alone. @default "warn" */
  readonly action?: GuardAction;
}

/** Leaves tools alone that fail again and again in the same way. */
export interface ToolBreaker {
  admit(tool: string): string | undefined;
  /** Gives a signal when the tool is left alone from now on. */
  note(call: WatchedToolCall): GuardSignal | undefined;
}

interface State {
  errorClass: string;
  failures: number;
  openings: number;
  openUntil: number;
  isProbing: boolean;
}

/** Makes a breaker for all tools. */
export function createToolBreaker(
  { failures = 5, openMs = 60_000, action = "warn" }: ToolBreakerOptions,
  clock: Pick<Clock, "monotonic">,
): ToolBreaker {
  const states = new Map<string, State>();
  return {
    admit(tool) {
      const state = states.get(tool);
      if (state === undefined || state.openings === 0) return undefined;
      const left = state.openUntil - clock.monotonic();
      const why = `${tool} failed ${state.failures} times in a row in the same way (${state.errorClass})`;
      if (left > 0)
        return `${why}: it is left alone for ${Math.ceil(left / 1000)} s; do it another way or say what blocks you`;
      if (state.isProbing) return `${why}: another call tries it right now`;
      state.isProbing = true;
      return undefined;
    },
    note({ name, outcome, isError, text }) {
      // What was never done says nothing about the tool.
      if (outcome === "denied" || outcome === "paused" || outcome === "cancelled") {
        const state = states.get(name);
        if (state !== undefined) state.isProbing = false;
        return undefined;
      }
      if (outcome === "completed" && !isError) {
        states.delete(name);
        return undefined;
      }
      const errorClass = classify(text);
      const before = states.get(name);
      const isSame = before?.errorClass === errorClass;
      const state: State = {
        errorClass,
        failures: isSame ? before.failures + 1 : 1,
        openings: isSame ? before.openings : 0,
        openUntil: 0,
        isProbing: false,
      };
      states.set(name, state);
      if (state.failures < failures) return undefined;
      state.openUntil = clock.monotonic() + openMs * 2 ** Math.min(state.openings, 10);
      state.openings += 1;
      const reason = `${name} failed ${state.failures} times in a row in the same way: ${errorClass}`;
      return { guard: "tool_failures", action, reason, value: state.failures, limit: failures };
    },
  };
}

/**
 * What kind of error a text tells of: its first line that says something, without what changes from call to call
 * (numbers, paths, quoted texts, digests).
 */
export function classify(text: string): string {
  const line = text.split("\n").find((each) => each.trim() !== "") ?? "an error without words";
  return line
    .replaceAll(/"[^"]*"|'[^']*'|`[^`]*`/g, "…")
    .replaceAll(/(?:[A-Za-z]:)?[\w.~-]*[\\/][^\s:,;)]*/g, "…")
    .replaceAll(/\b[0-9a-f]{8,}\b|\d+/gi, "#")
    .replaceAll(/\s+/g, " ")
    .trim()
    .slice(0, 120);
}
