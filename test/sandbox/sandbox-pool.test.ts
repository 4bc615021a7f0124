import { execFileSync } from "node:child_process";
import { existsSync } from "node:fs";
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { describe, expect, it } from "vitest";

import { createSandboxPool, type SandboxPool, type SandboxPoolOptions } from "../../src/sandbox/index.ts";
import { hasImage } from "./has-image.ts";

const IMAGE = "harness-test:busybox";
const isSkipped = !hasImage(IMAGE) && process.env["HARNESS_REQUIRE_SERVICES"] !== "1";

const MODES: readonly (readonly [string, SandboxPoolOptions, boolean])[] = [
  ["process", { mode: "process" }, false],
  ["docker", { mode: "docker", docker: { image: IMAGE } }, isSkipped],
];

describe.each(MODES)("createSandboxPool() of mode %s (skipped without an engine)", (_mode, options, skipped) => {
  it.skipIf(skipped)("gives out ready sandboxes with workspaces of their own, and replaces them", async () => {
    await using pool = await createSandboxPool({ ...options, size: 2 });
    await settle(pool, 2);
    const [one, two] = await Promise.all([pool.acquire(), pool.acquire()]);
    expect(pool.counts.leased).toBe(2);
    expect(one.cwd).not.toBe(two.cwd);
    await one.exec("echo one > mine");
    expect((await two.exec("ls")).stdout).toBe("");
    expect(one.files.cwd).toBe(one.cwd);
    await settle(pool, 2);
  });

  it.skipIf(skipped)("reset discard: nothing of a session is left, and none meets another", async () => {
    await using pool = await createSandboxPool({ ...options, size: 1 });
    const first = await pool.acquire();
    await first.exec("echo secret > left; echo secret > /tmp/harness-pool-left");
    await first[Symbol.asyncDispose]();
    await first[Symbol.asyncDispose]();
    expect(existsSync(first.cwd)).toBe(false);
    const second = await pool.acquire();
    expect(second.cwd).not.toBe(first.cwd);
    expect((await second.exec("ls -A | grep -v .harness; rm -f /tmp/harness-pool-left")).stdout).toBe("");
  });

  it.skipIf(skipped)(
    "reset clean: the same sandbox again, without processes and files of the session before",
    async () => {
      const prepare = (cwd: string): Promise<void> => writeFile(join(cwd, "given"), "1");
      await using pool = await createSandboxPool({ ...options, size: 1, reset: "clean", prepare });
      const first = await pool.acquire();
      await settle(pool, 1);
      const other = await pool.acquire();
      await first.exec(
        "echo secret > left; rm given; (while :; do echo x >> busy; sleep 0.05; done) > /dev/null 2>&1 &",
      );
      // The shelf is full again once its replacement is there: that one goes first.
      await settle(pool, 1);
      const third = await pool.acquire();
      await Promise.all([first, other, third].map((sandbox) => sandbox[Symbol.asyncDispose]()));
      await settle(pool, 1);
      const again = await pool.acquire();
      expect((await again.exec("sleep 0.3; ls")).stdout).toBe("given\n");
    },
  );

  it.skipIf(skipped)("replaces what is too old or does not work any more", async () => {
    await using pool = await createSandboxPool({ ...options, size: 1, maxAgeMs: 300 });
    const first = (await pool.acquire()).cwd;
    await settle(pool, 1);
    await sleep(400);
    const second = await pool.acquire();
    expect(second.cwd).not.toBe(first);
    expect((await second.exec("echo works")).stdout).toBe("works\n");
  });

  it.skipIf(skipped)("closes everything, also what is given out, and gives nothing more", async () => {
    const pool = await createSandboxPool({ ...options, size: 2 });
    const sandbox = await pool.acquire();
    await pool[Symbol.asyncDispose]();
    expect(existsSync(sandbox.cwd)).toBe(false);
    await expect(sandbox.exec("true")).rejects.toMatchObject({ name: "SandboxError" });
    await expect(pool.acquire()).rejects.toMatchObject({ name: "SandboxError" });
  });
});

describe("createSandboxPool()", () => {
  it("tells at once that its options do not work", async () => {
    await expect(
      createSandboxPool({ mode: "docker", docker: { socketPath: "/nowhere/docker.sock" } }),
    ).rejects.toMatchObject({ code: "sandbox_unavailable" });
    await expect(createSandboxPool({ mode: "process", size: -1 })).rejects.toThrow(RangeError);
  });

  it.skipIf(isSkipped)("notices a container that somebody removed (skipped without an engine)", async () => {
    await using pool = await createSandboxPool({ mode: "docker", docker: { image: IMAGE }, size: 1, maxUntriedMs: 0 });
    await settle(pool, 1);
    const mark = execFileSync("docker", ["ps", "--format", '{{.ID}} {{.Label "harness.owner"}}'], { encoding: "utf8" });
    const own = mark.split("\n").filter((line) => line.split(" ")[1]?.startsWith(`${process.pid}-`) === true);
    for (const line of own) execFileSync("docker", ["rm", "-f", line.split(" ")[0] ?? ""], { stdio: "ignore" });
    const sandbox = await pool.acquire();
    expect((await sandbox.exec("echo alive")).stdout).toBe("alive\n");
  });
});

async function settle(pool: SandboxPool, ready: number): Promise<void> {
  while (pool.counts.ready < ready) await sleep(50);
  expect(pool.counts.ready).toBe(ready);
}
