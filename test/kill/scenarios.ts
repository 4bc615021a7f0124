import type { JsonObject } from "../../src/spec/index.ts";

/** One answer of the scripted model. */
export interface Step {
  readonly text?: string;
  readonly calls?: readonly { readonly name: string; readonly args: JsonObject }[];
}

/** What a process of the kill matrix does. */
export interface Scenario {
  readonly turns: readonly Step[];
  /** What a sub-agent answers; left out: there are none. */
  readonly child?: readonly Step[];
  readonly asks?: boolean;
  readonly reconciles?: "done" | "not_done";
  readonly snapshotEvery?: number;
  readonly leaseMs?: number;
  /** The longest that a call takes. @default 0 */
  readonly callMs?: number;
  readonly maxCost?: number;
  /** Where the first process is at work until it is told to stop: in a model call, or in a call of the tool `Once` or `Again`. */
  readonly hangs?: "model" | "call" | "call-that-ends" | "call-that-hears-nothing";
  /** A person is there and thinks. */
  readonly isAttended?: boolean;
}

const once = (what: string) => ({ name: "Once", args: { what } });
const again = (what: string) => ({ name: "Again", args: { what } });
const look = (what: string) => ({ name: "Look", args: { what } });
const onceRead = (what: string) => ({ name: "OnceRead", args: { what } });

export const SCENARIOS: Readonly<Record<string, Scenario>> = {
  once: { turns: [{ calls: [once("a")] }, { calls: [look("b")] }] },
  again: { turns: [{ calls: [again("a")] }, { calls: [look("b")] }] },
  look: { turns: [{ calls: [look("a")] }] },
  asks: { turns: [{ calls: [once("a")] }], asks: true },
  parallel: { turns: [{ calls: ["a", "b", "c", "d"].map(onceRead) }] },
  parallelAgain: { turns: [{ calls: ["a", "b", "c", "d"].map(look) }] },
  found: { turns: [{ calls: [once("a")] }], reconciles: "done" },
  missing: { turns: [{ calls: [once("a")] }], reconciles: "not_done" },
  child: {
    turns: [{ calls: [{ name: "Task", args: { prompt: "Do part of the work", agent_type: "general" } }] }],
    child: [{ calls: [once("in child")] }, { text: "Child done." }],
  },
  snapshot: { turns: [{ calls: [again("a")] }, { calls: [again("b")] }, { calls: [again("c")] }], snapshotEvery: 3 },
  long: { turns: Array.from({ length: 8 }, (_value, index) => ({ calls: [again(`${index}`)] })) },
  stopped: { turns: [{ calls: [once("a")] }], leaseMs: 3000 },
  slow: { turns: [{ calls: [again("a")] }], callMs: 400 },
  parkedModel: { turns: [{ calls: [once("a")] }, { calls: [look("b")] }], hangs: "model" },
  parkedOnce: { turns: [{ calls: [once("a")] }], hangs: "call" },
  parkedDeaf: { turns: [{ calls: [once("a")] }], hangs: "call-that-hears-nothing" },
  parkedAgain: { turns: [{ calls: [again("a")] }], hangs: "call" },
  parkedEnds: { turns: [{ calls: [once("a"), once("b")] }], hangs: "call-that-ends" },
  parkedFound: { turns: [{ calls: [once("a")] }], hangs: "call", reconciles: "done" },
  parkedMissing: { turns: [{ calls: [once("a")] }], hangs: "call", reconciles: "not_done" },
  parkedAsks: { turns: [{ calls: [once("a")] }], asks: true, isAttended: true },
  parkedChild: {
    turns: [{ calls: [{ name: "Task", args: { prompt: "Do part of the work", agent_type: "general" } }] }],
    child: [{ calls: [again("in child")] }, { text: "Child done." }],
    hangs: "call",
  },
  chaos: {
    leaseMs: 1500,
    snapshotEvery: 5,
    callMs: 60,
    turns: [
      { calls: [once("a")] },
      { calls: [again("b"), look("c")] },
      { calls: [once("d"), once("e")] },
      { calls: [look("f")] },
    ],
  },
};
