import { describe, expect, it } from "vitest";
import { z } from "zod";

import { createHarness, defineTool, run, type Message } from "../../src/index.ts";
import { loadSession, memoryStore, openApprovals, openSessions } from "../../src/session/index.ts";
import type { SessionStore, Tool } from "../../src/spec/index.ts";
import { fakeClock, scriptedModel, type ScriptedStep } from "../../src/testing/index.ts";

let ids = 0;
const open = (store: SessionStore) => openSessions(store, { clock: fakeClock(), newId: () => `id${(ids += 1)}` });

const todos = [{ content: "Write it", status: "in_progress" }];

/** A session of two runs, one with a tool call. */
async function finished() {
  const store = memoryStore();
  const session = { id: "s", store };
  const options = { session, config: false, audit: false, permissions: { allow: ["TodoWrite"] } } as const;
  const model = scriptedModel([
    { text: "I plan.", toolCalls: [{ name: "TodoWrite", args: { todos } }] },
    "Planned.",
    "Bye.",
  ]);
  await run("Plan the Harbour", { ...options, model }).text();
  await run("And now?", { ...options, model }).text();
  return { store, sessions: open(store) };
}

async function collect(lines: AsyncIterable<string>): Promise<string[]> {
  const all: string[] = [];
  for await (const line of lines) all.push(line);
  return all;
}

async function collectTypes(events: AsyncIterable<{ readonly type: string }>): Promise<string[]> {
  const types: string[] = [];
  for await (const { type } of events) types.push(type);
  return types;
}

describe("openSessions()", () => {
  it("shows where a session stands: status, cost, last words, things to do", async () => {
    const { sessions } = await finished();
    expect(await sessions.list()).toMatchObject([{ sessionId: "s", status: "ended", title: "Plan the Harbour" }]);
    const report = await sessions.show("s");
    expect(report).toMatchObject({
      turns: 3,
      text: "Bye.",
      todos,
      isHeld: false,
      openCalls: [],
      waiting: [],
      spent: { tokens: 45, cost: 0 },
    });
    expect(report.lastRun?.ended?.stopReason).toBe("end_turn");
    await expect(sessions.show("t")).rejects.toMatchObject({ code: "session_not_found" });
  });

  it("tells of how many events it tells, so that whoever follows from there misses none and gets none twice", async () => {
    const { store } = await finished();
    const said = {
      v: 1,
      type: "steering-received",
      at: 1,
      data: { id: "x", content: [{ type: "text", text: "More" }] },
    };
    // Somebody appends between the two looks that a report takes.
    const busy: SessionStore = {
      ...store,
      async find(sessionId) {
        const found = await store.find(sessionId);
        await store.append(sessionId, found?.events ?? 0, [said]);
        return found;
      },
    };
    const { events, summary } = await open(busy).show("s");
    expect(summary.events).toBe(events - 1);
    expect(await collectTypes(store.read("s", { after: events }))).toEqual([]);
  });

  it("finds what was said, whatever its capitals", async () => {
    const { sessions } = await finished();
    expect(await sessions.search("harBOUR")).toMatchObject([
      { sessionId: "s", type: "message-added", excerpt: "Plan the Harbour" },
    ]);
    expect(await sessions.search("planned")).toHaveLength(1);
    expect(await sessions.search("submarine")).toEqual([]);
    expect(await sessions.search("  ")).toEqual([]);
  });

  it("forks at a message, goes on from there, and leaves the session as it was", async () => {
    const { store, sessions } = await finished();
    const before = (await loadSession(store, "s")).events;
    const id = await sessions.fork("s", { messages: 4 });
    const { state } = (await loadSession(store, id)).fold;
    expect(state.messages.map(({ role }) => role)).toEqual(["user", "assistant", "tool", "assistant"]);
    const model = scriptedModel(["Another way."]);
    const session = { id, store };
    await expect(run("Differently", { model, session, config: false, audit: false }).text()).resolves.toBe(
      "Another way.",
    );
    expect(model.requests[0]?.messages).toHaveLength(5);
    expect((await loadSession(store, "s")).events).toBe(before);
    expect((await store.sweep({ idleMs: 0, limit: 9 })).length).toBe(0);
    await expect(sessions.fork("s", { messages: 99 })).rejects.toMatchObject({ code: "session_invalid" });
    // Between an answer and the results of its calls there is no place for a fork.
    await expect(sessions.fork("s", { messages: 2 })).rejects.toThrow(/open calls/);
  });

  it("renames, cancels, says and deletes from outside", async () => {
    const { store, sessions } = await finished();
    await sessions.rename("s", "Harbour\0 plans");
    expect(await sessions.list()).toMatchObject([{ title: "Harbour\0 plans" }]);
    await sessions.say("s", "One more thing");
    expect((await sessions.show("s")).summary.status).toBe("runnable");
    const model = scriptedModel(["Heard."]);
    const session = { id: "s", store };
    await run("Go on", { model, session, config: false, audit: false }).text();
    expect(JSON.stringify(model.requests[0]?.messages.at(-1))).toContain("One more thing");
    const lease = await store.acquire("s", { owner: "somebody", ttlMs: 10_000 });
    await expect(sessions.delete("s")).rejects.toMatchObject({ code: "session_conflict" });
    if ("epoch" in lease) await store.release(lease);
    await sessions.delete("s");
    expect(await sessions.list()).toEqual([]);
    await expect(sessions.cancel("s", { reason: "x", by: "ada" })).rejects.toMatchObject({ code: "session_not_found" });
  });

  it("exports a session and imports the same one", async () => {
    const { store, sessions } = await finished();
    const lines = await collect(sessions.export("s"));
    await expect(sessions.import(lines)).rejects.toMatchObject({ code: "session_conflict" });
    const other = memoryStore();
    await expect(open(other).import(lines)).resolves.toBe("s");
    expect((await loadSession(other, "s")).fold.state).toEqual((await loadSession(store, "s")).fold.state);
    expect(await collect(open(other).export("s"))).toEqual(lines);
    await expect(open(other).import(lines, { id: "../x" })).rejects.toMatchObject({ code: "session_invalid" });
  });

  it("F7 refuses an export with any line changed, missing, doubled or moved, says which, and keeps nothing", async () => {
    const { sessions } = await finished();
    const lines = await collect(sessions.export("s"));
    const other = memoryStore();
    const expectRefused = async (damaged: readonly string[], line: number): Promise<void> => {
      const error: unknown = await open(other)
        .import(damaged)
        .then(
          () => undefined,
          (reason: unknown) => reason,
        );
      expect(error).toMatchObject({
        code: "session_invalid",
        message: expect.stringMatching(new RegExp(`^Line ${line} `)),
      });
    };
    for (const [index, line] of lines.entries()) {
      // One bit of one character, anywhere in the line.
      const place = 2 + Math.floor(line.length / 2);
      const flipped = line.slice(0, place) + String.fromCharCode(line.charCodeAt(place) ^ 1) + line.slice(place + 1);
      const isHead = index === 0;
      if (!isHead) await expectRefused(lines.with(index, flipped), index + 1);
      await expectRefused(lines.toSpliced(index, 1), index === lines.length - 1 ? lines.length : index + 1);
      await expectRefused(lines.toSpliced(index, 0, line), index + 2);
      await expectRefused(lines.slice(0, index), index + 1);
      await expectRefused([...lines.slice(0, index), line.slice(0, place)], index + 1);
    }
    await expectRefused(lines.with(1, lines[2] ?? "").with(2, lines[1] ?? ""), 2);
    expect(await other.list()).toEqual([]);
  });

  it("forks under a new id, also when it is told that none is wanted", async () => {
    const { sessions } = await finished();
    expect(await sessions.fork("s", { id: undefined as never })).toMatch(/^id\d+$/);
  });
});

describe("openSessions().import() of a session that was not at its end", () => {
  const charge = defineTool({
    name: "Charge",
    description: "Charges",
    input: z.object({ amount: z.number() }),
    effect: "write",
    execute: ({ amount }) => `charged ${amount}`,
  }) as Tool;
  const call = { toolCalls: [{ name: "Charge", args: { amount: 5 } }] };
  const optionsOf = (store: SessionStore, steps: readonly ScriptedStep[]) => ({
    model: scriptedModel(steps),
    tools: [charge],
    permissions: { ask: ["Charge"] },
    onApproval: "pause" as const,
    config: false as const,
    audit: false as const,
    session: { id: "s", store },
  });

  /** A run that waits for an approval, and its export. */
  async function waiting() {
    const store = memoryStore();
    await run("Charge them", optionsOf(store, [call])).result;
    const [asked] = await store.pendingApprovals();
    return { store, id: asked?.question.id ?? "", lines: () => collect(open(store).export("s")) };
  }

  /** Goes on with it in another store, and gives what became of it. */
  async function goOn(store: SessionStore) {
    await using harness = await createHarness(optionsOf(store, ["Done."]));
    const messages: Message[] = [];
    for await (const message of harness.resume("s")) messages.push(message);
    return { messages, result: messages.at(-1) };
  }

  it("closes open questions here, asks anew when it is resumed, and leaves the original alone", async () => {
    const { store, id, lines } = await waiting();
    const exported = await lines();
    // In the same store, under another id: an answer to the question is one to the original.
    await open(store).import(exported, { id: "copy" });
    expect((await store.pendingApprovals()).map(({ sessionId }) => sessionId)).toEqual(["s"]);
    const other = memoryStore();
    await open(other).import(exported);
    expect(await other.pendingApprovals()).toEqual([]);
    expect(await other.find("s")).toMatchObject({ status: "suspended" });
    expect((await goOn(other)).result).toMatchObject({ stopReason: "paused" });
    const [asked] = await other.pendingApprovals();
    expect(asked?.question).toMatchObject({ name: "Charge", args: { amount: 5 } });
    expect(asked?.question.id).not.toBe(id);
    await openApprovals(other, { clock: fakeClock() }).decide(asked?.question.id ?? "", "approve");
    expect((await goOn(other)).result).toMatchObject({ stopReason: "end_turn" });
  });

  it("counts no approval that was given elsewhere, and lets no sweep go on with it", async () => {
    const { store, id, lines } = await waiting();
    // Whoever makes an export can approve in it whatever he likes: its chain is no signature.
    await openApprovals(store, { clock: fakeClock() }).decide(id, { decision: "approve", approver: "mallory" });
    const other = memoryStore();
    await open(other).import(await lines());
    expect(await other.sweep({ idleMs: 0, limit: 10 })).toEqual([]);
    const { messages, result } = await goOn(other);
    expect(result).toMatchObject({ stopReason: "paused" });
    expect(messages.filter(({ type }) => type === "tool_result")).toMatchObject([{ outcome: "paused" }]);
  });

  it("labels what comes from somebody else", async () => {
    const { lines } = await waiting();
    const other = memoryStore();
    await open(other).import(await lines(), { isForeign: true });
    expect((await loadSession(other, "s")).fold.state.labels).toMatchObject([{ kind: "untrusted", tool: "import" }]);
  });

  it.each([
    { what: "a use below nothing", type: "model-charged", data: { purpose: "x", charged: { tokens: -10, cost: 0 } } },
    {
      what: "a use that is no number",
      type: "model-charged",
      data: { purpose: "x", charged: { tokens: "9", cost: 0 } },
    },
    { what: "events in a wrong shape", type: "message-added", data: { message: null } },
    { what: "calls in a wrong shape", type: "model-result", data: { turn: 1, message: { role: "assistant" } } },
  ])("refuses $what, and keeps nothing", async ({ type, data }) => {
    const store = memoryStore();
    await store.append("s", 0, [{ v: 1, type, at: 1, data }]);
    const other = memoryStore();
    const exported = await collect(open(store).export("s"));
    await expect(open(other).import(exported)).rejects.toMatchObject({ code: "session_invalid" });
    expect(await other.list()).toEqual([]);
  });
});
