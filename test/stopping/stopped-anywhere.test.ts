import { promiseHooks } from "node:v8";
import { afterAll, beforeAll, describe, expect, it } from "vitest";

// Loaded when a harness is closed: the first of many would be stopped later than the others.
import "../../src/harness/put-aside.ts";
import { HarnessError } from "../../src/errors/index.ts";
import { createHarness, run, type Harness, type Result, type Run } from "../../src/index.ts";
import { findBroken } from "./broken-promises.ts";
import type { Fault } from "./counted-ports.ts";
import { openReference, readReference, type Reference } from "./reference-run.ts";

/** With HARNESS_SWEEP=all every single place is tried; else so many of them that a defect of some breadth shows. */
const ALL = process.env["HARNESS_SWEEP"] === "all";

/** Milliseconds: no run waits for any of them. */
const LIMIT = ALL ? 1_800_000 : 60_000;

/** What nobody waits for and fails. Of the whole file: what fails late would be blamed on another place. */
const unhandled: unknown[] = [];
const note = (error: unknown): void => void unhandled.push(error);
beforeAll(() => void process.on("unhandledRejection", note));
afterAll(() => void process.off("unhandledRejection", note));

/** Where a run is stopped: at its n-th call of a port, or at the n-th step of any of its promises. */
type Place = Fault | "await";

interface Tried {
  readonly result: Result;
  /** Promises that were not kept. */
  readonly broken: readonly string[];
  /** The place in words; `undefined` when the run ended before it. */
  readonly at: string | undefined;
}

/** Lets something happen at one place of a run. Gives what tells whether it was reached, and takes it back. */
function placeStop(
  { ports }: Reference,
  { place, index, act }: { readonly place: Place; readonly index: number; readonly act: () => void },
): Disposable & { readonly at: () => string | undefined } {
  if (place !== "await") {
    ports.arm({ index, fault: place, act });
    return { at: () => ports.calls[index], [Symbol.dispose]() {} };
  }
  let steps = 0;
  const stop = promiseHooks.onBefore(() => {
    steps += 1;
    if (steps === index + 1) act();
  }) as () => void;
  return { at: () => (steps > index ? "a promise" : undefined), [Symbol.dispose]: stop };
}

/** Tries places one after the other, `step` apart, until the run ends before it is there. Gives those where something broke. */
async function sweep(step: number, attempt: (index: number) => Promise<Tried>): Promise<readonly string[]> {
  const failures: string[] = [];
  const stride = ALL ? 1 : step;
  for (let index = 0; ; index += stride) {
    const { broken, result, at } = await attempt(index);
    const late = unhandled.splice(0).map((error) => `nobody took ${String(error)}`);
    for (const what of [...broken, ...late]) failures.push(`${index} (${at}, ${result.stopReason}): ${what}`);
    if (at === undefined) return failures;
  }
}

/** What the signal of a tool says whose run is put aside: it may have begun a run of its own. */
const PUT_ASIDE = new HarnessError("Another run was put aside", { code: "paused" });

async function stopRun(place: Place, index: number, how: "abort" | "signal" | "nested"): Promise<Tried> {
  await using reference = await openReference();
  const controller = new AbortController();
  const current = run("Go", { ...reference.options, signal: controller.signal });
  const act = (): void => {
    reference.noteStop();
    if (how === "abort") current.abort();
    else controller.abort(how === "signal" ? new Error("enough") : PUT_ASIDE);
  };
  using stop = placeStop(reference, { place, index, act });
  const messages = await readReference(current);
  const result = await current.result;
  const broken = [...(await findBroken(reference, { messages, result }))];
  const at = stop.at();
  // What is whole already stays whole.
  if (at !== undefined && result.stopReason !== "aborted" && result.text !== "Done.") broken.push("it was not stopped");
  return { result, broken, at };
}

describe("a run that is stopped anywhere keeps its promises", () => {
  it(
    "before any call of a port",
    async () => {
      expect(await sweep(13, (index) => stopRun("before", index, "abort"))).toEqual([]);
    },
    LIMIT,
  );

  it(
    "after any call of a port",
    async () => {
      expect(await sweep(11, (index) => stopRun("after", index, "signal"))).toEqual([]);
    },
    LIMIT,
  );

  it(
    "at any step of any promise, by what puts the run around it aside",
    async () => {
      expect(await sweep(127, (index) => stopRun("await", index, "nested"))).toEqual([]);
    },
    LIMIT,
  );

  it(
    "at any step of any promise",
    async () => {
      expect(await sweep(61, (index) => stopRun("await", index, "abort"))).toEqual([]);
    },
    LIMIT,
  );
});

async function closeHarness(place: Place, index: number): Promise<Tried> {
  await using reference = await openReference();
  const harness = await createHarness(reference.options);
  let closing: PromiseLike<void> | undefined;
  const current = harness.run("Go");
  using stop = placeStop(reference, { place, index, act: () => void (closing ??= harness[Symbol.asyncDispose]()) });
  const messages = await readReference(current);
  const result = await current.result;
  await (closing ?? harness[Symbol.asyncDispose]());
  const broken = await findBroken(reference, { messages, result });
  const at = stop.at();
  if (result.stopReason !== "paused") return { result, broken, at };
  return { result, broken: [...broken, ...(await goOn(reference))], at };
}

/** Goes on with a run that was put aside: to its end, with nobody asked what became of a call, and nothing done twice. */
async function goOn(before: Reference): Promise<readonly string[]> {
  const reference = await openReference(before);
  const harness: Harness = await createHarness(reference.options);
  const current: Run = harness.resume("s");
  const messages = await readReference(current);
  const result = await current.result;
  await harness[Symbol.asyncDispose]();
  const broken = [...(await findBroken(reference, { messages, result, isResumed: true }))];
  if (result.stopReason !== "end_turn") broken.push(`it ends as ${result.stopReason}`);
  for (const what of ["Put", "exec"] as const) {
    const times = [...before.beginnings, ...reference.beginnings].filter((one) => one.what === what).length;
    if (times !== 1) broken.push(`${what} began ${times} times`);
  }
  return broken.map((what) => `gone on with: ${what}`);
}

describe("a run whose harness is closed anywhere is gone on with to its end", () => {
  it(
    "before any call of a port",
    async () => {
      // Before its third call it has not begun.
      expect(await sweep(17, (index) => closeHarness("before", index + 3))).toEqual([]);
    },
    LIMIT,
  );

  it(
    "at any step of any promise",
    async () => {
      expect(await sweep(113, (index) => closeHarness("await", index))).toEqual([]);
    },
    LIMIT,
  );
});

/** What breaks of itself when the port that would keep or count it does: what a ledger cannot take is charged in full. */
const EXCUSED: Readonly<Record<string, RegExp>> = {
  audit: /^the log |^a question waits/,
  store: /^the session |^the child's session |^a question waits/,
  budget: /^the budget counts/,
  model: /calls of the model began/,
  clock: /^the /,
  hooks: /^the session says end_turn, the result error$/,
};

/** What cannot be recorded stops an agent where it stands: what is open is gone on with as after a crash. */
const CUT = /has (an open turn|a history that no vendor takes|a call of the model that does not end)$/;

async function breakPort(fault: "throw" | "reject", index: number): Promise<Tried> {
  await using reference = await openReference();
  const current = run("Go", reference.options);
  reference.ports.arm({ index, fault });
  const messages = await readReference(current);
  const result = await current.result;
  const at = reference.ports.calls[index];
  const [port = ""] = (at ?? "").split(".");
  const all = await findBroken(reference, { messages, result });
  const broken = all.filter((what) => EXCUSED[port]?.test(what) !== true && !CUT.test(what));
  return { result, broken, at };
}

describe("a run of which any port breaks once ends with one result and everything settled", () => {
  it.each(["throw", "reject"] as const)(
    "by a %s",
    async (fault) => {
      expect(await sweep(17, (index) => breakPort(fault, index))).toEqual([]);
    },
    LIMIT,
  );
});
