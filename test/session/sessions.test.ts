import { describe, expect, it } from "vitest";

import { run } from "../../src/index.ts";
import { loadSession, memoryStore, openSessions } from "../../src/session/index.ts";
import type { SessionStore } from "../../src/spec/index.ts";
import { fakeClock, scriptedModel } from "../../src/testing/index.ts";

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
});
