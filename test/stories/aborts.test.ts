import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { z } from "zod";

import { verifyAudit } from "../../src/audit/index.ts";
import { defineTool, run, type Message, type Run, type RunOptions } from "../../src/index.ts";
import { memoryStore } from "../../src/session/index.ts";
import type { Check, SessionStore, Tool } from "../../src/spec/index.ts";
import {
  answerCall,
  answerText,
  HANG,
  openCall,
  openFaultServer,
  openText,
  START,
  type FaultServer,
  type FaultStep,
} from "./fault-server.ts";
import { expectWhole, openStage, type Stage } from "./stage.ts";

/** A tool that is at work until it is told to stop; it says when it began and keeps whether it stopped. */
function patientTool(parts: { readonly cancel: Tool["cancel"] }): {
  readonly tool: Tool;
  readonly stopped: () => number;
} {
  let stopped = 0;
  const tool = defineTool({
    name: "Work",
    description: "Works for a long time",
    input: z.object({}),
    effect: "execute",
    cancel: parts.cancel,
    execute: (_input, { signal, emit }) =>
      new Promise((resolve) => {
        emit("at work\n".repeat(500));
        const stop = (): void => {
          stopped += 1;
          resolve("half of it");
        };
        signal.addEventListener("abort", stop, { once: true });
      }),
  });
  return { tool: tool as Tool, stopped: () => stopped };
}

const quickTool = defineTool({
  name: "Work",
  description: "Works at once",
  input: z.object({}),
  effect: "execute",
  execute: () => "done",
}) as Tool;

/** A place in a run at which somebody stops it. */
interface Place {
  readonly where: string;
  readonly answers: readonly (readonly FaultStep[])[];
  readonly parts?: RunOptions;
  /** Called with everything that the run shows; tells when to stop. */
  readonly at?: (message: Message) => boolean;
  /** Stops it from somewhere else than its reader. */
  readonly begin?: (scene: { readonly server: FaultServer; readonly stop: () => void }) => void;
}

const isPartial = (message: Message): boolean => message.type === "text" && message.isPartial;
const isSubtype = (subtype: string) => (message: Message) => message.type === "system" && message.subtype === subtype;
const busy: readonly FaultStep[] = [
  { type: "status", status: 429, headers: { "retry-after": "30" } },
  { type: "raw", text: '{"type":"error","error":{"type":"rate_limit_error","message":"Slow down"}}' },
  { type: "end" },
];

/** A check that thinks until the run stops. */
function thinkingCheck(): { readonly check: Check; readonly asked: Promise<void> } {
  const { promise, resolve } = Promise.withResolvers<void>();
  const check: Check = {
    check() {
      resolve();
      return new Promise(() => {});
    },
  };
  return { check, asked: promise };
}

function places(): readonly Place[] {
  const thinking = thinkingCheck();
  const hooked = Promise.withResolvers<void>();
  const asked = Promise.withResolvers<void>();
  const never = (begun: PromiseWithResolvers<void>) => (): Promise<never> => {
    begun.resolve();
    return new Promise(() => {});
  };
  const call = answerCall("Work");
  const when = (begun: Promise<void>) => ({
    begin: ({ stop }: { readonly stop: () => void }) => void begun.then(stop),
  });
  const { tool: cooperative } = patientTool({ cancel: "cooperative" });
  const { tool: immediate } = patientTool({ cancel: "immediate" });
  const allowed = { permissionMode: "bypass" } as const;
  return [
    { where: "before it is read", answers: [[HANG]], begin: ({ stop }) => stop() },
    { where: "while it is set up", answers: [[HANG]], begin: ({ stop }) => queueMicrotask(stop) },
    { where: "at its first message", answers: [[HANG]], at: isSubtype("session_start") },
    {
      where: "while the provider connects",
      answers: [[HANG]],
      begin: ({ server, stop }) => void server.received(1).then(stop),
    },
    { where: "in the middle of a text", answers: [[START, ...openText(0, ["Half"]), HANG]], at: isPartial },
    {
      where: "in the middle of a tool's arguments",
      answers: [[START, ...openText(0, ["Half"]), ...openCall(1, "Work", ["{"]), HANG]],
      at: isPartial,
    },
    {
      where: "during an approval",
      answers: [call],
      at: ({ type }) => type === "approval_request",
      parts: { onApproval: never(asked), tools: [quickTool] },
    },
    {
      where: "while the approver thinks",
      answers: [call],
      ...when(asked.promise),
      parts: { onApproval: never(asked), tools: [quickTool] },
    },
    {
      where: "during a check",
      answers: [call],
      ...when(thinking.asked),
      parts: { policy: thinking.check, tools: [quickTool] },
    },
    {
      where: "during a hook",
      answers: [call],
      ...when(hooked.promise),
      parts: { hooks: [{ event: "beforeToolCall", run: never(hooked) }], tools: [quickTool] },
    },
    {
      where: "during a tool that stops when it is told",
      answers: [call],
      at: ({ type }) => type === "tool_progress",
      parts: { tools: [cooperative], ...allowed },
    },
    {
      where: "during a tool that nobody waits for",
      answers: [call],
      at: ({ type }) => type === "tool_progress",
      parts: { tools: [immediate], ...allowed },
    },
    {
      where: "during a command",
      answers: [answerCall("Bash", { command: "echo begun; sleep 60" })],
      at: ({ type }) => type === "tool_progress",
      parts: { tools: ["Bash"], ...allowed },
    },
    { where: "while it waits to try again", answers: [busy], at: isSubtype("model_retry") },
    {
      where: "after the last tool",
      answers: [call, [HANG]],
      at: ({ type }) => type === "tool_result",
      parts: { tools: [quickTool], ...allowed },
    },
    {
      where: "while the provider reads the results",
      answers: [call, [HANG]],
      begin: ({ server, stop }) => void server.received(2).then(stop),
      parts: { tools: [quickTool], ...allowed },
    },
  ];
}

/** Every call of a history has its result: no vendor takes another one. */
async function expectAnswered(store: SessionStore, sessionId: string): Promise<void> {
  const calls: string[] = [];
  const results: string[] = [];
  for await (const { type, data } of store.read(sessionId)) {
    if (type !== "message") continue;
    // The events are those of this run: messages of the history.
    const { content } = data["message"] as { content: readonly { type: string; id?: string; toolCallId?: string }[] };
    for (const part of content) {
      if (part.type === "tool-call") calls.push(part.id ?? "");
      if (part.type === "tool-result") results.push(part.toolCallId ?? "");
    }
  }
  expect(results).toEqual(calls);
}

interface Scene {
  readonly stage: Stage;
  readonly server: FaultServer;
  readonly store: SessionStore;
}

function startAt({ stage, server, store }: Scene, parts: RunOptions): Run {
  return run(
    "Go",
    stage.options({
      provider: "anthropic",
      model: "claude-sonnet-5-5",
      baseUrl: server.url,
      session: { id: "s", store },
      ...parts,
    }),
  );
}

async function expectSettled({ stage, server, store }: Scene): Promise<void> {
  await Promise.all(server.requests.map(({ closed }) => closed));
  await expectAnswered(store, "s");
  const report = await verifyAudit(join(stage.folder, ".harness", "audit"));
  expect(report.ok || report.files.length === 0).toBe(true);
}

describe.each([
  { by: "abort()", usesSignal: false },
  { by: "options.signal", usesSignal: true },
])("run() that is stopped by $by", ({ usesSignal }) => {
  it.each(places().map(({ where }, index) => ({ where, index })))(
    "$where ends with one result and leaves nothing",
    async ({ index }) => {
      const place = places()[index];
      if (place === undefined) throw new Error("There is no such place");
      await using stage = await openStage();
      await using server = await openFaultServer(...place.answers);
      const scene = { stage, server, store: memoryStore() };
      const controller = new AbortController();
      const reason = new Error("enough");
      const current = startAt(scene, { ...place.parts, ...(usesSignal ? { signal: controller.signal } : {}) });
      const stop = (): void => (usesSignal ? controller.abort(reason) : current.abort(reason));
      place.begin?.({ server, stop });
      const all: Message[] = [];
      for await (const message of current) {
        all.push(message);
        if (place.at?.(message) === true) stop();
      }
      const result = expectWhole(all);
      expect(result).toMatchObject({ stopReason: "aborted", error: { code: "aborted", message: "enough" } });
      await expect(current.result).resolves.toBe(result);
      await expect(current.text()).rejects.toBe(reason);
      await expect(current.steer("More")).resolves.toMatchObject({ status: "not_delivered" });
      await expectSettled(scene);
    },
  );
});

describe("run() that is stopped", () => {
  it("waits for a tool that stops when it is told, and keeps what it had", async () => {
    await using stage = await openStage();
    await using server = await openFaultServer(answerCall("Work"));
    const { tool, stopped } = patientTool({ cancel: "cooperative" });
    const current = startAt({ stage, server, store: memoryStore() }, { tools: [tool], permissionMode: "bypass" });
    const results: Message[] = [];
    for await (const message of current) {
      if (message.type === "tool_progress") current.abort();
      if (message.type === "tool_result") results.push(message);
    }
    expect(stopped()).toBe(1);
    expect(results).toMatchObject([{ content: "half of it" }]);
  });

  it("tells the approver that nobody waits any more", async () => {
    await using stage = await openStage();
    await using server = await openFaultServer(answerCall("Work"));
    let asked: AbortSignal | undefined;
    const decide = (_question: unknown, { signal }: { readonly signal: AbortSignal }): Promise<boolean> => {
      asked = signal;
      return new Promise(() => {});
    };
    const parts = { tools: [quickTool], onApproval: { decide } };
    const current = startAt({ stage, server, store: memoryStore() }, parts);
    for await (const { type } of current) if (type === "approval_request") current.abort();
    expect(asked?.aborted).toBe(true);
  });
});

describe("run() whose reader leaves", () => {
  const types = [
    "system",
    "reasoning",
    "text",
    "tool_use",
    "approval_request",
    "tool_progress",
    "tool_result",
    "result",
  ] as const;

  it.each(types)("at a message of type %s has one result and leaves nothing", async (type) => {
    await using stage = await openStage();
    await using server = await openFaultServer(answerCall("Work"), answerText("Done."));
    const progress = defineTool({
      name: "Work",
      description: "Works and shows it",
      input: z.object({}),
      effect: "execute",
      async execute(_input, { emit }) {
        emit("at work\n".repeat(500));
        await new Promise((resolve) => setTimeout(resolve, 10));
        return "done";
      },
    });
    const scene = { stage, server, store: memoryStore() };
    const current = startAt(scene, { tools: [progress as Tool], onApproval: () => true });
    const seen: Message[] = [];
    for await (const message of current) {
      seen.push(message);
      if (message.type === type) break;
    }
    expect(seen.at(-1)?.type).toBe(type);
    const result = await current.result;
    expect(result.stopReason).toBe(type === "result" ? "end_turn" : "aborted");
    expect(result.seq).toBeGreaterThanOrEqual(seen.length - 1);
    await expectSettled(scene);
  });

  it.each(["throw", "return"])("by a %s out of the loop is stopped as well", async (way) => {
    await using stage = await openStage();
    await using server = await openFaultServer([START, ...openText(0, ["Half"]), HANG]);
    const scene = { stage, server, store: memoryStore() };
    const current = startAt(scene, {});
    const read = async (): Promise<void> => {
      for await (const message of current) {
        if (!isPartial(message)) continue;
        if (way === "throw") throw new Error("The reader broke");
        return;
      }
    };
    await read().catch(() => {});
    await expect(current.result).resolves.toMatchObject({ stopReason: "aborted" });
    await expectSettled(scene);
  });

  it("before the first message never asks the provider", async () => {
    await using stage = await openStage();
    await using server = await openFaultServer([HANG]);
    const scene = { stage, server, store: memoryStore() };
    const current = startAt(scene, {});
    await current[Symbol.asyncIterator]().return?.();
    await expect(current.result).resolves.toMatchObject({ stopReason: "aborted", turns: 0 });
    expect(server.requests).toHaveLength(0);
  });

  it("by disposal before it was read does not begin later", async () => {
    await using stage = await openStage();
    await using server = await openFaultServer(answerText("Never asked for."));
    const scene = { stage, server, store: memoryStore() };
    const current = startAt(scene, {});
    await current[Symbol.asyncDispose]();
    await expect(current.result).resolves.toMatchObject({ stopReason: "aborted", turns: 0 });
    expect(server.requests).toHaveLength(0);
  });
});
