import { fork } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, rm, stat, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterEach, beforeEach, describe, expect, it } from "vitest";

import { HarnessError } from "../../src/errors/index.ts";
import { openSqliteFile, type SqliteFile } from "../../src/sqlite/index.ts";

const SCHEMA = "CREATE TABLE IF NOT EXISTS numbers (n INTEGER PRIMARY KEY) STRICT";
const OPTIONS = { schema: SCHEMA, errorCode: "session_invalid", what: "test file" } as const;

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "harness-sqlite-"));
});
afterEach(async () => {
  await rm(folder, { recursive: true, force: true });
});

function insert({ database }: SqliteFile, n: number): void {
  database.prepare("INSERT INTO numbers (n) VALUES (?)").run(n);
}

function count({ database }: SqliteFile): number {
  return Number(database.prepare("SELECT count(*) AS n FROM numbers").get()?.["n"]);
}

describe("openSqliteFile()", () => {
  it("refuses a file that is no database with the given code and a way out", async () => {
    const path = join(folder, "text.db");
    await writeFile(path, "this is no database, and long enough to have been one".repeat(100));
    const error = await openSqliteFile(path, OPTIONS).catch((thrown: unknown) => thrown);
    expect(HarnessError.isInstance(error) && error.code).toBe("session_invalid");
    expect(String(error)).toContain("name another one");
  });

  it("makes folder and file for their owner only", async () => {
    const file = await openSqliteFile(join(folder, "a", "b.db"), OPTIONS);
    expect((await stat(join(folder, "a"))).mode & 0o777).toBe(0o700);
    expect((await stat(file.path)).mode & 0o777).toBe(0o600);
    file.close();
  });
});

describe("transact()", () => {
  it("keeps nothing of work that throws", async () => {
    const file = await openSqliteFile(join(folder, "x.db"), OPTIONS);
    const failing = file.transact(() => {
      insert(file, 1);
      throw new Error("in the middle");
    });
    await expect(failing).rejects.toThrow("in the middle");
    expect(count(file)).toBe(0);
    file.close();
  });

  it("gives up with SQLite's own error when another writer never lets go", async () => {
    const path = join(folder, "x.db");
    const holder = await openSqliteFile(path, OPTIONS);
    const waiter = await openSqliteFile(path, { ...OPTIONS, giveUpMs: 100 });
    holder.database.exec("BEGIN IMMEDIATE");
    await expect(waiter.transact(() => insert(waiter, 1))).rejects.toThrow(/locked/);
    holder.database.exec("ROLLBACK");
    await waiter.transact(() => insert(waiter, 1));
    expect(count(holder)).toBe(1);
    holder.close();
    waiter.close();
  });

  it("lets four processes write at once and loses nothing", async () => {
    const path = join(folder, "shared.db");
    const script = fileURLToPath(new URL("writer.ts", import.meta.url));
    const writers = [0, 1, 2, 3].map((index) => fork(script, [path, String(index * 1000), "50"]));
    for (const [code] of await Promise.all(writers.map((writer) => once(writer, "exit")))) expect(code).toBe(0);
    const file = await openSqliteFile(path, OPTIONS);
    expect(count(file)).toBe(200);
    file.close();
  });
});
