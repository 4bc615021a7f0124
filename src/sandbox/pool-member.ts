import { mkdir, readdir, rm } from "node:fs/promises";
import { join } from "node:path";

import { createSandbox, type OpenedSandbox } from "./create-sandbox.ts";
import { makeOwnedFolder } from "./owner.ts";
import type { SandboxPoolOptions } from "./sandbox-pool-options.ts";

/** A sandbox of a pool, with the folder that its workspace lies in. */
export interface PoolMember extends AsyncDisposable {
  readonly sandbox: OpenedSandbox;
  readonly cwd: string;
  readonly openedAt: number;
  /** Whether it works: tried again when that is long ago. */
  isFit(): Promise<boolean>;
  /** Makes it as good as a new one, or says that it cannot. */
  clean(): Promise<boolean>;
}

const MAX_UNTRIED_MS = 30_000;

/** Opens a sandbox in a workspace of its own. Disposal removes both. */
export async function openPoolMember(options: SandboxPoolOptions): Promise<PoolMember> {
  const { maxUntriedMs = MAX_UNTRIED_MS, prepare, size: _size, maxAgeMs: _age, reset: _reset, ...rest } = options;
  const folder = await makeOwnedFolder("pool");
  try {
    const cwd = join(folder, "workspace");
    await mkdir(cwd);
    await prepare?.(cwd);
    const sandbox = await createSandbox({ ...rest, cwd });
    let triedAt = performance.now();
    return {
      sandbox,
      cwd,
      openedAt: triedAt,
      async isFit() {
        if (performance.now() - triedAt <= maxUntriedMs) return true;
        triedAt = performance.now();
        return await tryOut(sandbox);
      },
      async clean() {
        try {
          await sandbox.reset();
          await empty(cwd);
          await prepare?.(cwd);
          return await tryOut(sandbox);
        } catch {
          return false;
        }
      },
      async [Symbol.asyncDispose]() {
        try {
          await sandbox[Symbol.asyncDispose]();
        } finally {
          await rm(folder, { recursive: true, force: true });
        }
      },
    };
  } catch (error) {
    await rm(folder, { recursive: true, force: true });
    throw error;
  }
}

async function tryOut(sandbox: OpenedSandbox): Promise<boolean> {
  if (sandbox.mode === "wasm") return true;
  const result = await sandbox.exec(["sh", "-c", "exit 0"], { timeoutMs: 5000 }).catch(() => undefined);
  return result?.exitCode === 0;
}

async function empty(cwd: string): Promise<void> {
  for (const name of await readdir(cwd)) {
    // It is mounted, and commands cannot write it.
    if (name !== ".harness") await rm(join(cwd, name), { recursive: true, force: true });
  }
}
