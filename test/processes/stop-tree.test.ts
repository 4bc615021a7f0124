import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";

import { stopTree } from "../../src/processes/index.ts";

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "harness-stop-tree-"));
});
afterEach(async () => {
  await rm(folder, { recursive: true, force: true });
});

/** A shell that waits for its child and writes down that it took it in. */
async function startWaiter(child: string): Promise<{ readonly pid: number; readonly ended: Promise<unknown> }> {
  const script = `${child} & echo started; wait $!; wait $!; echo taken-in > ${join(folder, "seen")}`;
  const shell = spawn("/bin/bash", ["-c", script], { detached: true, stdio: ["ignore", "pipe", "ignore"] });
  await once(shell.stdout, "data");
  return { pid: shell.pid ?? 0, ended: once(shell, "exit") };
}

describe("stopTree()", () => {
  it.each([
    ["that ends when it is asked to", "sleep 600", 5_000],
    ["that has to be killed", "bash -c 'trap \"\" TERM; sleep 600; sleep 600'", 50],
  ])("leaves a process that only waits the time to take in a child %s", async (_name, child, graceMs) => {
    const { pid, ended } = await startWaiter(child);
    await stopTree({ groups: [pid], marker: "no such marker", waiter: pid }, { graceMs });
    await ended;
    await expect(readFile(join(folder, "seen"), "utf8")).resolves.toBe("taken-in\n");
  });

  it("ends one that goes on waiting when nobody else is left", async () => {
    const shell = spawn("/bin/bash", ["-c", "trap '' TERM; echo started; read -r line <> <(:)"], {
      detached: true,
      stdio: ["pipe", "pipe", "ignore"],
    });
    await once(shell.stdout, "data");
    const pid = shell.pid ?? 0;
    const ended = once(shell, "exit");
    await stopTree({ groups: [pid], marker: "no such marker", waiter: pid }, { graceMs: 20 });
    await expect(ended).resolves.toEqual([null, "SIGKILL"]);
  });

  it("ends all that could hold those who start others faster than they are found, once", async () => {
    const marker = `HARNESS_TEST=${crypto.randomUUID()}`;
    const [name = "", value] = marker.split("=");
    const started = new Set<ReturnType<typeof spawn>>();
    const start = (): number | undefined => {
      const child = spawn("sleep", ["600"], { env: { ...process.env, [name]: value }, stdio: "ignore" });
      started.add(child);
      child.once("exit", () => started.delete(child));
      return child.pid;
    };
    // As long as one that only waits is there, it goes on looking.
    const waiter = start() ?? 0;
    start();
    // Two with each look, and no more than four hundred whatever becomes of them.
    let left = 400;
    const timer = setInterval(() => {
      for (let more = 0; more < 2 && left > 0; more += 1, left -= 1) start();
    }, 5);
    let times = 0;
    const endAll = async (): Promise<void> => {
      times += 1;
      clearInterval(timer);
      const gone = [...started].map((child) => once(child, "exit"));
      for (const child of started) child.kill("SIGKILL");
      await Promise.all(gone);
    };
    try {
      await stopTree({ groups: [], marker, waiter, endAll }, { graceMs: 0 });
      expect(times).toBe(1);
      expect(left).toBeGreaterThan(0);
      expect(started.size).toBe(0);
    } finally {
      clearInterval(timer);
      for (const child of started) child.kill("SIGKILL");
    }
  });
});
