import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdir, mkdtemp, rm, stat, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { DatabaseSync } from "node:sqlite";
import { fileURLToPath } from "node:url";
import { afterEach, beforeEach, describe, expect, it } from "vitest";

import { sqliteStore, type StoredEvent, type SessionStore } from "../../src/session/index.ts";

const WRITER = fileURLToPath(new URL("writer.mjs", import.meta.url));

let folder = "";
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "harness-session-"));
});
afterEach(async () => await rm(folder, { recursive: true, force: true }));

describe("sqliteStore()", () => {
  it("refuses a file that is no database, a folder and a place that cannot be made, and leaves them as they were", async () => {
    const text = join(folder, "text.db");
    await writeFile(text, "This is no database at all. ".repeat(100));
    await mkdir(join(folder, "dir.db"));
    for (const path of [text, join(folder, "dir.db"), join(text, "below.db")]) {
      await expect(sqliteStore(path)).rejects.toMatchObject({
        code: "session_invalid",
        message: expect.stringContaining(path),
      });
    }
    expect((await stat(text)).size).toBe(2800);
  });

  it("refuses a session from the event on that was changed, moved or removed, and says which", async () => {
    for (const change of [
      "UPDATE journal SET v = 2 WHERE seq = 1",
      "UPDATE journal SET type = 'x' WHERE seq = 1",
      "UPDATE journal SET at = 7 WHERE seq = 1",
      "UPDATE journal SET data = replace(data, '2', '3') WHERE seq = 1",
      "UPDATE journal SET hash = 'x' WHERE seq = 1",
      "DELETE FROM journal WHERE seq = 1",
    ]) {
      const path = join(folder, `${change.length}${Math.random()}.db`);
      await using store = await openStore(path);
      await store.append("a", 0, [note(1), note(2), note(3)]);
      const database = new DatabaseSync(path);
      database.exec(change);
      database.close();
      const read: StoredEvent[] = [];
      const reading = (async () => {
        for await (const event of store.read("a")) read.push(event);
      })();
      const message = expect.stringContaining("Event 1 of session a");
      await expect(reading, change).rejects.toMatchObject({ code: "session_invalid", message });
      expect(read).toEqual([note(1)]);
    }
  });

  it("does not trust what it remembers of a session: others append to it, name it, delete it and begin it again", async () => {
    const path = join(folder, "shared.db");
    await using mine = await openStore(path);
    await using other = await openStore(path);
    const lease = await mine.acquire("a", { owner: "me", ttlMs: 60_000 });
    if (!("epoch" in lease)) throw new Error("The lease was refused");
    const { epoch } = lease;
    await mine.append("a", 0, [note(1)], { epoch });
    await mine.append("a", 1, [note(2)], { epoch });
    const named = { v: 1, type: "session-renamed", at: 9, data: { title: "theirs" } };
    await other.append("a", 2, [named]);
    await expect(mine.append("a", 2, [note(3)], { epoch })).rejects.toMatchObject({ code: "session_conflict" });
    await mine.append("a", 3, [note(3)], { epoch });
    expect(await mine.find("a")).toMatchObject({ events: 4, title: "theirs", updatedAt: 9 });
    const read: StoredEvent[] = [];
    for await (const event of other.read("a")) read.push(event);
    expect(read).toEqual([note(1), note(2), named, note(3)]);

    // The same number of events, and another session.
    await mine.release(lease);
    await other.delete("a");
    for (let place = 0; place < 4; place += 1) await other.append("a", place, [note(70 + place)]);
    await expect(mine.append("a", 4, [note(4)], { epoch })).rejects.toMatchObject({ code: "session_fenced" });
    await mine.append("a", 4, [note(5)]);
    const again: StoredEvent[] = [];
    for await (const event of mine.read("a")) again.push(event);
    expect(again).toEqual([note(70), note(71), note(72), note(73), note(5)]);
  });

  it("takes over what the first version of the file held", async () => {
    const path = join(folder, "s.db");
    const database = new DatabaseSync(path);
    database.exec("CREATE TABLE events (session TEXT, seq INTEGER, v INTEGER, type TEXT, at INTEGER, data TEXT)");
    database.exec(`INSERT INTO events VALUES ('a', 0, 1, 'note', 1, '{"at":1}'), ('a', 1, 1, 'note', 2, '{"at":2}')`);
    database.close();
    await using store = await openStore(path);
    await using again = await openStore(path);
    for (const opened of [store, again]) expect(await readAll(opened, "a")).toEqual([note(1), note(2)]);
  });

  it("append() keeps all events or none when one of them cannot be written", async () => {
    await using store = await openStore(join(folder, "s.db"));
    const circle: { self?: unknown } = {};
    circle.self = circle;
    const bad: unknown = { ...note(2), data: circle };
    await expect(store.append("a", 0, [note(1), bad as StoredEvent])).rejects.toThrow(/circular/);
    expect(await readAll(store, "a")).toEqual([]);
    await store.append("a", 0, [note(1)]);
    expect(await readAll(store, "a")).toEqual([note(1)]);
  });

  it("takes no name for a database in memory, and makes folder and files for the owner only", async () => {
    const path = join(folder, "deep", "er", ":memory:");
    await using store = await openStore(path);
    await store.append("a", 0, [note(1)]);
    for (const name of [path, `${path}-wal`, `${path}-shm`]) expect((await stat(name)).mode & 0o777).toBe(0o600);
    expect((await stat(join(folder, "deep"))).mode & 0o777).toBe(0o700);
  });

  it("keeps sessions beyond its end, and fails after close()", async () => {
    const path = join(folder, "s.db");
    const first = await sqliteStore(path);
    await first.append("a", 0, [note(1)]);
    await first.close();
    await expect(first.append("a", 1, [note(2)])).rejects.toThrow(/not open/);
    await using second = await openStore(path);
    expect(await readAll(second, "a")).toEqual([note(1)]);
  });

  it("two stores on one file see each other, and only one of two appends at a place counts", async () => {
    const path = join(folder, "s.db");
    await using first = await openStore(path);
    await using second = await openStore(path);
    await first.append("a", 0, [note(1)]);
    expect(await readAll(second, "a")).toEqual([note(1)]);
    const results = await Promise.allSettled([first.append("a", 1, [note(2)]), second.append("a", 1, [note(3)])]);
    expect(results.map(({ status }) => status).toSorted()).toEqual(["fulfilled", "rejected"]);
    expect(results.find(({ status }) => status === "rejected")).toMatchObject({ reason: { code: "session_conflict" } });
    expect(await readAll(first, "a")).toHaveLength(2);
  });

  it("several processes that open and write one new file at once lose nothing", async () => {
    const path = join(folder, "s.db");
    const writers = ["a", "b", "c", "d"].map(async (id) => {
      const child = spawn(process.execPath, [WRITER, path, id, "50"], { stdio: ["ignore", "ignore", "pipe"] });
      let errors = "";
      child.stderr.setEncoding("utf8").on("data", (text: string) => (errors += text));
      const [code] = await once(child, "close");
      return { code, errors: errors.includes("Error") ? errors : "" };
    });
    expect(await Promise.all(writers)).toEqual(Array.from({ length: 4 }, () => ({ code: 0, errors: "" })));
    await using store = await openStore(path);
    expect((await store.list()).map(({ events }) => events)).toEqual([100, 100, 100, 100]);
  });

  it("keeps every append that returned, whole, when its writer is killed with SIGKILL", async () => {
    const path = join(folder, "s.db");
    const child = spawn(process.execPath, [WRITER, path, "a", "100000"], { stdio: ["ignore", "pipe", "ignore"] });
    const closed = once(child, "close");
    let told = 0;
    for await (const line of createInterface({ input: child.stdout })) {
      told = Math.max(told, Number(line));
      if (told >= 20) child.kill("SIGKILL");
    }
    expect(await closed).toEqual([null, "SIGKILL"]);
    await using store = await openStore(path);
    const events = await readAll(store, "a");
    expect(told).toBeGreaterThanOrEqual(20);
    expect(events.length).toBeGreaterThanOrEqual(told * 2);
    expect(events.length % 2).toBe(0);
    const expected = events.map((_event, index) => [index % 2 === 0 ? "first" : "second", Math.floor(index / 2)]);
    expect(events.map(({ type, data }) => [type, data["index"]])).toEqual(expected);
    await store.append("a", events.length, [note(1)]);
  });
});

async function openStore(path: string): Promise<SessionStore & AsyncDisposable> {
  const store = await sqliteStore(path);
  return { ...store, [Symbol.asyncDispose]: () => store.close() };
}

function note(at: number): StoredEvent {
  return { v: 1, type: "note", at, data: { at } };
}

async function readAll(store: SessionStore, sessionId: string): Promise<readonly StoredEvent[]> {
  const events: StoredEvent[] = [];
  for await (const event of store.read(sessionId)) events.push(event);
  return events;
}
