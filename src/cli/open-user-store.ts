import { existsSync } from "node:fs";
import { homedir, userInfo } from "node:os";
import { join } from "node:path";

import { memoryStore, sqliteStore } from "../session/index.ts";
import type { SessionStore } from "../spec/index.ts";

/** Where `harness -s ID` keeps sessions. */
function userStorePath(): string {
  return join(process.env["HOME"] || homedir(), ".harness", "harness.db");
}

/**
 * Opens the person's sessions, or those of another file, for one command, and closes them. Looking at sessions that are
 * not there makes no file.
 */
export async function withUserStore<Value>(
  path: string | undefined,
  work: (store: SessionStore) => Promise<Value>,
  { makes = false }: { readonly makes?: boolean } = {},
): Promise<Value> {
  const file = path ?? userStorePath();
  const store = makes || existsSync(file) ? await sqliteStore(file) : memoryStore();
  try {
    return await work(store);
  } finally {
    await store.close();
  }
}

/** Who sits at the terminal, as the system knows them. */
export function userName(): string {
  try {
    return userInfo().username;
  } catch {
    // A user id without a name, as in some containers.
    return `uid ${process.getuid?.() ?? "unknown"}`;
  }
}
