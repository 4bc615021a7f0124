import { execFileSync, spawnSync } from "node:child_process";
import { once } from "node:events";
import { createReadStream, existsSync, readlinkSync } from "node:fs";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { describe, expect, it } from "vitest";

import { readProcess } from "../../src/processes/index.ts";
import { createSandbox } from "../../src/sandbox/index.ts";
import { findShell } from "../../src/sandbox/host/find-program.ts";
import { openProcessNamespace, PROCESS_NAMESPACE } from "../../src/sandbox/host/process-namespace.ts";
import { runsSources } from "../runs-sources.ts";

const shell = findShell("");
const probe = await openProcessNamespace(shell);
await probe?.[Symbol.asyncDispose]();
const isRequired = process.env["HARNESS_REQUIRE_SERVICES"] === "1" && process.getuid?.() === 0;
const isSkipped = probe === undefined && !isRequired;
const NOBODY = ["--reuid", "65534", "--regid", "65534", "--clear-groups"];
const canRunAsNobody = runsSources && process.getuid?.() === 0 && existsSync("/usr/bin/setpriv") && canNobodyRead();
const READ_ALL = "cat /proc/[0-9]*/environ; umount /proc 2>&1; cat /proc/[0-9]*/environ; cat /proc/*/task/*/environ";

/** A checkout may lie in a folder that only its owner enters. */
function canNobodyRead(): boolean {
  const program = fileURLToPath(import.meta.url);
  return spawnSync("setpriv", [...NOBODY, "test", "-r", program], { stdio: "ignore" }).status === 0;
}

describe.skipIf(isSkipped)("mode process in a process namespace (skipped where none can be made)", () => {
  it("says so, and no variable of the host or its ancestors can be read, not even by taking /proc away", async () => {
    await using sandbox = await createSandbox({ mode: "process", cwd: tmpdir() });
    expect(sandbox.isolation.protections).toContain(PROCESS_NAMESPACE);
    const host = Object.entries(process.env).find(([name]) => name.startsWith("VITEST"));
    expect(host).toBeDefined();
    const { output } = await sandbox.exec(READ_ALL);
    expect(output).not.toContain(host?.[0]);
    expect((await sandbox.exec(`kill -0 ${process.pid} || kill -0 ${process.ppid}`)).exitCode).not.toBe(0);
  });

  it.skipIf(!canRunAsNobody)("holds for a user without privileges, too (skipped where nobody cannot run it)", () => {
    const module = new URL("../../src/sandbox/index.ts", import.meta.url).href;
    const program = `
      const { createSandbox } = await import(${JSON.stringify(module)});
      const sandbox = await createSandbox({ mode: "process", cwd: ${JSON.stringify(tmpdir())} });
      const { output } = await sandbox.exec(${JSON.stringify(READ_ALL)});
      console.log(JSON.stringify([sandbox.isolation.protections ?? [], output.includes("host-secret")]));
      await sandbox[Symbol.asyncDispose]();`;
    const out = execFileSync("setpriv", [...NOBODY, process.execPath, "--input-type=module", "-e", program], {
      cwd: "/",
      env: { PATH: process.env["PATH"], HOST: "host-secret" },
      encoding: "utf8",
    });
    const [protections, isRead] = JSON.parse(out);
    // A system may forbid user namespaces: then it must not be promised.
    expect(isRead).toBe(!protections.includes(PROCESS_NAMESPACE));
  });

  it.each(["the command", "the sandbox"])(
    "ends what is another process before it can be killed with %s",
    async (end) => {
      const folder = await mkdtemp(join(tmpdir(), "harness-chain-"));
      const fifo = join(folder, "alive");
      execFileSync("mkfifo", [fifo]);
      // Each forks and ends: one or two are there at any time, under ever new numbers. As long as one is, the pipe is open.
      const chain = `perl -e 'while (1) { my $child = fork; exit if $child }' 9> ${fifo} &`;
      const alive = createReadStream(fifo);
      const gone = once(alive.resume(), "end");
      await using sandbox = await createSandbox({ mode: "process", cwd: tmpdir(), graceMs: 50 });
      if (end === "the command") {
        const { timedOut } = await sandbox.exec(`${chain} exec sleep 600`, { timeoutMs: 500 });
        expect(timedOut).toBe(true);
      } else {
        await sandbox.exec(`${chain} true`);
        await sandbox[Symbol.asyncDispose]();
      }
      await gone;
      await rm(folder, { recursive: true });
      if (end === "the command") expect((await sandbox.exec("echo goes on")).stdout).toBe("goes on\n");
    },
  );

  it("leaves what earlier commands left in the background, and those at work, when one is stopped", async () => {
    await using sandbox = await createSandbox({ mode: "process", cwd: tmpdir(), graceMs: 50 });
    const { promise: isAtWork, resolve: tell } = Promise.withResolvers<unknown>();
    const other = sandbox.exec("echo at work; sleep 2; echo done", { onOutput: tell });
    await isAtWork;
    expect((await sandbox.exec("exec sleep 600", { timeoutMs: 200 })).timedOut).toBe(true);
    expect((await other).stdout).toBe("at work\ndone\n");
    await sandbox.exec("sleep 601 &");
    expect((await sandbox.exec("exec sleep 600", { timeoutMs: 200 })).timedOut).toBe(true);
    expect((await sandbox.exec("cat /proc/[0-9]*/cmdline | tr '\\0' ' '")).output).toContain("sleep 601");
  });

  it("is left out where the host says so", async () => {
    await using sandbox = await createSandbox({ mode: "process", cwd: tmpdir(), privateProcesses: false });
    expect(sandbox.isolation.protections).toBeUndefined();
    expect((await sandbox.exec(`kill -0 ${process.pid}`)).exitCode).toBe(0);
  });

  it("a command that hides cannot outlive reset(), and commands run on after it", async () => {
    await using sandbox = await createSandbox({ mode: "process", cwd: tmpdir() });
    await sandbox.exec("( env -i setsid sleep 4321 > /dev/null 2>&1 & )");
    const list = "cat /proc/[0-9]*/cmdline | tr '\\0' ' '";
    await expect.poll(async () => (await sandbox.exec(list)).stdout).toMatch(/(?<!setsid )sleep 4321/);
    await sandbox.reset();
    expect((await sandbox.exec(list)).stdout).not.toContain("sleep 4321");
  });

  it("commands run on when the first process of the namespace was killed from outside, and share a new one", async () => {
    await using sandbox = await createSandbox({ mode: "process", cwd: tmpdir() });
    const before = (await sandbox.exec("readlink /proc/self/ns/pid")).stdout.trim();
    const isHolder = (pid: number): boolean => readlinkSync(`/proc/${pid}/ns/pid_for_children`) === before;
    const children = execFileSync("pgrep", ["-P", String(process.pid), "-x", "unshare"], { encoding: "utf8" });
    const [holder = 0] = children.trim().split("\n").map(Number).filter(isHolder);
    process.kill(holder, "SIGKILL");
    await expect.poll(() => readProcess(holder)).toBeUndefined();
    const all = await Promise.all(Array.from({ length: 5 }, () => sandbox.exec("readlink /proc/self/ns/pid")));
    const after = new Set(all.map((end) => end.stdout));
    expect(after.size).toBe(1);
    expect([...after][0]).not.toContain(before);
  });
});
