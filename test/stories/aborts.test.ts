import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { z } from "zod";

import { verifyAudit } from "../../src/audit/index.ts";
import { defineTool, run, type Message, type Run, type RunOptions } from "../../src/index.ts";
import { loadSession, memoryStore } from "../../src/session/index.ts";
import type { SessionStore, Tool } from "../../src/spec/index.ts";
import { answerCall, answerText, HANG, openFaultServer, openText, START, type FaultServer } from "./fault-server.ts";
import { isPartial, patientTool, places, quickTool } from "./places.ts";
import { expectWhole, openStage, type Stage } from "./stage.ts";

/** Every call of a history has its result: no vendor takes another one. */
async function expectAnswered(store: SessionStore, sessionId: string): Promise<void> {
  const calls: string[] = [];
  const results: string[] = [];
  for (const { content } of (await loadSession(store, sessionId)).fold.state.messages) {
    for (const part of content) {
      if (part.type === "tool-call") calls.push(part.id);
      if (part.type === "tool-result") results.push(part.toolCallId);
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
