import { spawn, type StdioOptions } from "node:child_process";
import { once } from "node:events";
import { closeSync, openSync, writeSync } from "node:fs";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";

import { createSandbox, type SandboxOptions } from "../../src/sandbox/index.ts";
import { withLongerLimits } from "../longer-limits.ts";
import { peakOf } from "../held-bytes.ts";
import { runsSources } from "../runs-sources.ts";
import { expectNoStartFiles, sandboxConformance } from "./conformance.ts";

sandboxConformance("none", (options) => createSandbox({ ...options, mode: "none" }));
sandboxConformance("process", (options) => createSandbox({ ...options, mode: "process" }));
sandboxConformance("process with limits", (options) =>
  createSandbox({ ...options, mode: "process", limits: { memoryMb: 1024, cpuSeconds: 30, fileSizeMb: 100 } }),
);

describe("createSandbox() on the host", () => {
  let cwd = "";
  const open = (options: Partial<SandboxOptions> = {}) => createSandbox({ mode: "process", cwd, ...options });

  beforeEach(async () => {
    cwd = await mkdtemp(join(tmpdir(), "harness-sandbox-"));
  });
  afterEach(async () => {
    await rm(cwd, { recursive: true, force: true });
  });

  it.each([
    ["proces", 'Did you mean "process"?'],
    ["", "Unknown sandbox mode"],
  ])("createSandbox() refuses mode %j and never takes a weaker one", async (mode, text) => {
    // What a program without types passes.
    const options = { mode, cwd } as unknown as SandboxOptions;
    await expect(createSandbox(options)).rejects.toMatchObject({
      name: "SandboxError",
      code: "sandbox_unavailable",
      message: expect.stringContaining(text),
    });
  });

  it("createSandbox() refuses a working directory that is not there", async () => {
    await expect(open({ cwd: join(cwd, "nowhere") })).rejects.toMatchObject({ code: "sandbox_unavailable" });
  });

  it("exec() says what is wrong when its directory is gone, and when a command is too long for the system", async () => {
    await using sandbox = await open();
    await expect(sandbox.exec(`: ${"x".repeat(300_000)}`)).rejects.toThrow(/longer than the system takes/);
    await rm(cwd, { recursive: true });
    await expect(sandbox.exec("pwd")).rejects.toThrow(/is not there any more/);
  });

  it.each([{ limits: { memoryMb: 0 } }, { limits: { cpuSeconds: Number.NaN } }, { timeoutMs: -1 }])(
    "createSandbox() refuses numbers that make no sense: %j",
    async (options) => {
      await expect(open(options)).rejects.toThrow(RangeError);
    },
  );

  it("createSandbox() refuses a blocked command that is no command", async () => {
    await expect(open({ blockedCommands: ["$x"] })).rejects.toThrow(/blocked command/);
  });

  it("mode process keeps the host's variables out and says so; mode none lets them in and says so", async () => {
    const hostEnv = { ...process.env, SECRET_API_KEY: "sk-1", LC_ALL: "C", BASH_ENV: join(cwd, "evil") };
    await writeFile(join(cwd, "evil"), "echo evil");
    await using scrubbed = await open({ hostEnv });
    const inside = await scrubbed.exec("env; echo lc=$LC_ALL");
    expect(inside.stdout).not.toMatch(/SECRET_API_KEY|evil/);
    expect(inside.stdout).toContain("lc=C");
    expect(scrubbed.isolation).toMatchObject({
      environment: "scrubbed",
      filesystem: "unconfined",
      network: "unconfined",
    });
    await using inherited = await open({ hostEnv, mode: "none" });
    expect((await inherited.exec("env")).stdout).toContain("SECRET_API_KEY=sk-1");
    expect(inherited.isolation.environment).toBe("inherited");
  });

  it("commands with input, and shells that they start, read nobody's .bashrc", () =>
    expectNoStartFiles((hostEnv) => open({ hostEnv })));

  it.skipIf(process.platform !== "linux" || !runsSources)(
    "commands get no descriptor that the program was started with (Linux; not on Node 22, which has no `using`)",
    async () => {
      const program = `
        const { createSandbox } = await import(${JSON.stringify(new URL("../../src/sandbox/index.ts", import.meta.url).href)});
        for (const privateProcesses of [true, false]) {
          await using sandbox = await createSandbox({ mode: "process", cwd: ${JSON.stringify(cwd)}, privateProcesses });
          const { output } = await sandbox.exec("cat <&3; cat <&12; ls /proc/self/fd | wc -l");
          console.log(output);
        }`;
      const given = openSync(join(cwd, "given"), "w+");
      writeSync(given, "secret of the host");
      const stdio: StdioOptions = ["ignore", "pipe", "inherit", given];
      for (let descriptor = 4; descriptor <= 12; descriptor += 1) stdio.push(descriptor === 12 ? given : "ignore");
      const child = spawn(process.execPath, ["--input-type=module", "-e", program], { stdio });
      let output = "";
      child.stdout?.on("data", (chunk: Buffer) => (output += chunk.toString()));
      await once(child, "close");
      closeSync(given);
      expect(output).not.toContain("secret");
      expect(output.match(/Bad file descriptor/g)).toHaveLength(4);
      // The first three, and the list itself.
      expect(output.match(/^4$/gm)).toHaveLength(2);
    },
  );

  it("refuses options of a command that nobody reads: a limit that is misspelt would not hold", async () => {
    await using sandbox = await open();
    // As code without types would call it.
    const exec = (command: unknown, options?: object) => sandbox.exec(command as string, options as never);
    await expect(exec("true", { timeoutMS: 5 })).rejects.toThrow(/Did you mean "timeoutMs"/);
    await expect(exec("true", { limits: { memoryMB: 5 } })).rejects.toThrow(/Did you mean "memoryMb"/);
    await expect(exec(undefined)).rejects.toThrow(/^A command is a text/);
    await expect(exec({ command: "true" })).rejects.toThrow(TypeError);
  });

  it("mode process names only the limits that it holds, and holds them", async () => {
    await using sandbox = await open({ limits: { memoryMb: 256, cpuSeconds: 1, fileSizeMb: 1 } });
    expect(sandbox.isolation.limits).toEqual(["output", "memory", "cpu", "file-size"]);
    const file = await sandbox.exec("head -c 5000000 /dev/zero > big; wc -c < big");
    expect(Number(file.stdout)).toBeLessThanOrEqual(1024 * 1024);
    const loop = await sandbox.exec("while :; do :; done");
    expect(loop).toMatchObject({ timedOut: false, signal: "SIGXCPU" });
  });

  it("a memory limit lets Node start and ends it when it takes more", async () => {
    await using sandbox = await open({ limits: { memoryMb: 1024 } });
    const program = "require('fs').writeSync(1, 'up'); const all = []; for (;;) all.push(Buffer.alloc(1e7, 1))";
    const { stdout, exitCode } = await sandbox.exec([process.execPath, "-e", program]);
    expect(stdout).toBe("up");
    expect(exitCode).not.toBe(0);
  });

  it("a limit that the system refuses is an error at the start", async () => {
    await expect(open({ limits: { fileSizeMb: 1e30 } })).rejects.toMatchObject({ code: "sandbox_unavailable" });
  });

  it("exec() bounds its memory in a flood of 1 GB", async () => {
    await using sandbox = await open();
    const { value, peakBytes } = await peakOf(() => sandbox.exec("yes 0123456789abcdef | head -c 1000000000"));
    const { output, truncated } = value;
    expect(truncated).toBe(true);
    expect(output.length).toBeLessThan(1.1 * 1024 * 1024);
    expect(peakBytes).toBeLessThan(50 * 1024 * 1024);
  });

  it("exec() ends a process that left group, session and parent", async () => {
    await using sandbox = await open();
    const command =
      "(setsid sh -c '(setsid sleep 61 & echo $! > pid) &' &); until [ -s pid ]; do sleep 0.05; done; echo; sleep 60";
    const { timedOut } = await withLongerLimits(
      (timeoutMs) => sandbox.exec(command, { timeoutMs }),
      ({ output }) => output !== "",
    );
    expect(timedOut).toBe(true);
    // A zombie is dead: kill -0 would still find it where nobody reaps.
    const state = await sandbox.exec("cat /proc/$(cat pid)/stat 2>/dev/null | cut -d' ' -f3; cat pid");
    expect(state.stdout).toMatch(/^(?:Z\n)?\d+\n$/);
  });

  it("exec() returns at the time limit though a process that nobody can find holds the pipe", async () => {
    await using sandbox = await open();
    const hidden = "env -i setsid sh -c '(env -i setsid sleep 3 &) ; exit'";
    const { timedOut } = await sandbox.exec(`${hidden} & echo a; sleep 60`, { timeoutMs: 300 });
    expect(timedOut).toBe(true);
  });

  it("a background process goes on between commands and its output does not end it", async () => {
    await using sandbox = await open();
    await sandbox.exec("while :; do echo tick; echo tick >> ticks; sleep 0.05; done & sleep 0.1");
    const { timedOut } = await sandbox.exec("rm -f ticks; until [ -e ticks ]; do sleep 0.05; done", {
      timeoutMs: 60_000,
    });
    expect(timedOut).toBe(false);
  });
});
