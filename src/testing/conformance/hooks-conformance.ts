import assert from "node:assert/strict";

import { NO_LABELS } from "../../labels/index.ts";
import type { HookOutcome, Hooks, HookVerdict, JsonObject } from "../../spec/index.ts";
import type { ConformanceCase } from "./conformance-case.ts";

/** A hook of `beforeToolCall` as the suite writes it. */
export type ConformanceHook = (args: JsonObject) => HookVerdict | undefined;

/** Gives hooks of which these, in this order, listen to `beforeToolCall`, and nobody to anything else. */
export type OpenHooks = (hooks: readonly ConformanceHook[]) => Hooks | Promise<Hooks>;

/** What hooks promise: the strictest verdict counts in whatever order, and modifications add up. */
export function hooksConformance(open: OpenHooks): readonly ConformanceCase[] {
  return [
    {
      name: "has() tells whether anybody listens",
      async run() {
        const [some, none] = [await open([() => undefined]), await open([])];
        assert.deepEqual(
          [some.has("beforeToolCall"), some.has("sessionEnd"), none.has("beforeToolCall")],
          [true, false, false],
        );
      },
    },
    {
      name: "run() proceeds when nobody says anything",
      async run() {
        for (const hooks of [[], [() => undefined], [() => PROCEED]]) {
          const { verdict, guidance, failures, ...rest } = await ask(open, hooks);
          assert.deepEqual({ verdict, guidance, failures }, { verdict: "proceed", guidance: [], failures: [] });
          assert(!("args" in rest), "args are left out when nobody modified them");
        }
      },
    },
    {
      name: "run() gives the strictest verdict, whatever the order",
      async run() {
        const verdicts: readonly HookVerdict[] = [PROCEED, ASK, DENY];
        for (const first of verdicts) {
          for (const second of verdicts) {
            const { verdict, reason } = await ask(open, [() => first, () => second]);
            const strictest = verdicts[Math.max(verdicts.indexOf(first), verdicts.indexOf(second))]?.type;
            assert.equal(verdict, strictest, `${first.type} and ${second.type} together must ${strictest}`);
            assert.equal(reason, strictest === "proceed" ? undefined : `because ${strictest}`);
          }
        }
      },
    },
    {
      name: "run() adds modifications up: each hook sees those before it",
      async run() {
        const add =
          (name: string): ConformanceHook =>
          (args) => ({ type: "modify", args: { ...args, [name]: true } });
        const { args } = await ask(open, [add("first"), () => undefined, add("second")]);
        assert.deepEqual(args, { ...ARGS, first: true, second: true });
      },
    },
    {
      name: "run() gives guidance in the order of the hooks",
      async run() {
        const guide =
          (text: string): ConformanceHook =>
          () => ({ type: "guide", text });
        const { guidance, verdict } = await ask(open, [guide("one"), guide("two")]);
        assert.deepEqual({ guidance, verdict }, { guidance: ["one", "two"], verdict: "proceed" });
      },
    },
  ];
}

const PROCEED: HookVerdict = { type: "proceed" };
const ASK: HookVerdict = { type: "ask", reason: "because ask" };
const DENY: HookVerdict = { type: "deny", reason: "because deny" };
const ARGS: JsonObject = Object.freeze({ command: "ls" });

async function ask(open: OpenHooks, hooks: readonly ConformanceHook[]): Promise<HookOutcome> {
  const opened = await open(hooks);
  const payload = {
    sessionId: "conformance",
    agent: "main",
    cwd: "/work",
    labels: NO_LABELS,
    toolUseId: "call_1",
    name: "Bash",
    args: ARGS,
  };
  return await opened.run("beforeToolCall", payload, { signal: new AbortController().signal });
}
