import { mkdtemp, readFile, realpath, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { afterAll, beforeAll, describe, expect, it } from "vitest";

import type { SandboxOptions } from "../../src/sandbox/index.ts";
import type { Sandbox } from "../../src/spec/index.ts";
import { withLongerLimits } from "../longer-limits.ts";

/** How the suite opens the sandbox under test. */
export type OpenSandbox = (options: Omit<SandboxOptions, "mode">) => Promise<Sandbox>;

/** What every sandbox must do, whatever it is made of. Commands are plain sh, since a container may have no bash. */
export function sandboxConformance(name: string, open: OpenSandbox): void {
  describe(`Sandbox conformance of ${name}`, () => {
    let cwd = "";
    let sandbox: Sandbox;

    beforeAll(async () => {
      cwd = await realpath(await mkdtemp(join(tmpdir(), "harness-sandbox-")));
      sandbox = await open({ cwd, blockedCommands: ["curl"], env: { GIVEN: "yes" } });
    });
    afterAll(async () => {
      await sandbox[Symbol.asyncDispose]();
      await rm(cwd, { recursive: true, force: true });
    });

    it("exec() gives exit code, both streams and what holds", async () => {
      const result = await sandbox.exec("echo out; echo err >&2; exit 3");
      expect(result).toMatchObject({
        exitCode: 3,
        stdout: "out\n",
        stderr: "err\n",
        timedOut: false,
        truncated: false,
      });
      expect(result.isolation.mode).toBe(sandbox.mode);
      expect(sandbox.isolation.limits).toContain("output");
    });

    it("exec() gives both streams in the order in which they came", async () => {
      // What waits in two pipes at once has no order: each line comes when the one before it was read.
      const seen: Promise<unknown>[] = [];
      const onOutput = (text: string): void => void seen.push(sandbox.exec(`touch seen${text}`));
      const until = (file: string): string => `until [ -e ${file} ]; do sleep 0.05; done`;
      const command = `echo 1; ${until("seen1")}; echo 2 >&2; ${until("seen2")}; echo 3`;
      const { output } = await sandbox.exec(command, { onOutput });
      expect(output).toBe("1\n2\n3\n");
      await Promise.all(seen);
    });

    it("exec() runs an argv without a shell", async () => {
      const { stdout } = await sandbox.exec(["printf", "%s|", "$HOME", "a b", "*"]);
      expect(stdout).toBe("$HOME|a b|*|");
    });

    it("exec() throws a SandboxError when the program or the directory is not there", async () => {
      const error = { name: "SandboxError", code: "sandbox_failed" };
      await expect(sandbox.exec(["no-such-program-here"])).rejects.toMatchObject(error);
      await expect(sandbox.exec("true", { cwd: join(cwd, "nowhere") })).rejects.toMatchObject(error);
    });

    it("exec() rejects what no program can be given", async () => {
      await expect(sandbox.exec([])).rejects.toThrow(TypeError);
      await expect(sandbox.exec("echo a\0b")).rejects.toThrow(TypeError);
      await expect(sandbox.exec("true", { cwd: "relative" })).rejects.toThrow(TypeError);
      await expect(sandbox.exec("true", { timeoutMs: -1 })).rejects.toThrow(RangeError);
    });

    it("exec() works in the workspace and gives variables", async () => {
      const { stdout } = await sandbox.exec("pwd; echo $GIVEN $MORE; echo kept > file", { env: { MORE: "too" } });
      expect(stdout).toBe(`${cwd}\nyes too\n`);
      expect(await readFile(join(cwd, "file"), "utf8")).toBe("kept\n");
    });

    it("exec() closes standard input unless something is given", async () => {
      expect((await sandbox.exec("cat; echo end")).stdout).toBe("end\n");
      expect((await sandbox.exec("cat", { stdin: "grüße" })).stdout).toBe("grüße");
      expect((await sandbox.exec("wc -c", { stdin: new Uint8Array([1, 0, 255]) })).stdout.trim()).toBe("3");
      expect((await sandbox.exec("true", { stdin: "x".repeat(300_000) })).exitCode).toBe(0);
    });

    it("exec() ends the tree at the time limit and gives the output so far", async () => {
      const command = "trap '' TERM; echo begun; (trap '' TERM; while :; do sleep 1; echo x >> late; done) & sleep 60";
      const result = await withLongerLimits(
        (timeoutMs) => sandbox.exec(command, { timeoutMs }),
        ({ output }) => output !== "",
      );
      expect(result).toMatchObject({ timedOut: true, stdout: "begun\n" });
      expect(result.isolation.limits).toContain("time");
      await sandbox.exec("rm -f late; sleep 1.3; test ! -e late").then(({ exitCode }) => expect(exitCode).toBe(0));
    });

    it("exec() rejects with the reason of an abort after the tree is dead", async () => {
      const controller = new AbortController();
      const reason = { mine: true };
      const onOutput = (): void => controller.abort(reason);
      const command = "trap '' TERM; (while :; do sleep 0.2; echo x >> aborted; done) & echo begun; wait";
      await expect(sandbox.exec(command, { signal: controller.signal, onOutput })).rejects.toBe(reason);
      const { exitCode } = await sandbox.exec("rm -f aborted; sleep 0.7; test ! -e aborted");
      expect(exitCode).toBe(0);
    });

    it("exec() starts nothing when the signal has fired already", async () => {
      const reason = new Error("before");
      await expect(sandbox.exec("echo > ran", { signal: AbortSignal.abort(reason) })).rejects.toBe(reason);
      expect((await sandbox.exec("test ! -e ran")).exitCode).toBe(0);
    });

    it("exec() ends the command when onOutput throws, and throws that", async () => {
      const broken = new Error("reader broke");
      const onOutput = (): void => {
        throw broken;
      };
      await expect(sandbox.exec("echo a; sleep 60", { onOutput })).rejects.toBe(broken);
    });

    it("exec() waits for a reader that gives promises, and loses nothing of what it held up", async () => {
      let open = 0;
      let most = 0;
      let read = 0;
      const onOutput = async (text: string): Promise<void> => {
        open += 1;
        most = Math.max(most, open);
        await sleep(20);
        read += text.length;
        open -= 1;
      };
      const { exitCode } = await sandbox.exec("yes 0123456789abcdef | head -c 2000000", { onOutput });
      expect({ exitCode, read }).toEqual({ exitCode: 0, read: 2_000_000 });
      // One piece of each stream, and what the pipe's last piece was cut into.
      expect(most).toBeLessThan(20);
    });

    it("exec() ends the command when the promise of its reader rejects, and when a reader never ends", async () => {
      const broken = new Error("reader broke later");
      const onOutput = async (): Promise<void> => {
        await sleep(20);
        throw broken;
      };
      await expect(sandbox.exec("echo a; sleep 60", { onOutput })).rejects.toBe(broken);
      const never = (): Promise<void> => new Promise(() => {});
      const { timedOut } = await sandbox.exec("yes", { onOutput: never, timeoutMs: 500 });
      expect(timedOut).toBe(true);
    });

    it("exec() returns when the shell ends though something in the background holds the output", async () => {
      const { stdout, exitCode } = await sandbox.exec("sleep 60 & echo done");
      expect({ stdout, exitCode }).toEqual({ stdout: "done\n", exitCode: 0 });
    });

    it("exec() keeps beginning and end of a flood, and no more", async () => {
      const command = "echo first; yes 0123456789abcdef | head -c 20000000; echo last";
      const result = await sandbox.exec(command, { maxOutputBytes: 1000 });
      expect(result.truncated).toBe(true);
      expect(result.output).toMatch(/^first\n[\s\S]*bytes left out[\s\S]*last\n$/);
      expect(Buffer.byteLength(result.output)).toBeLessThan(1100);
    });

    it("exec() never cuts a UTF-8 character", async () => {
      const pieces: string[] = [];
      const command = String.raw`i=0; while [ $i -lt 20 ]; do printf '\360\237'; sleep 0.01; printf '\230\200'; i=$((i+1)); done`;
      const onOutput = (text: string): number => pieces.push(text);
      const { output, truncated } = await sandbox.exec(command, { maxOutputBytes: 30, onOutput });
      expect(truncated).toBe(true);
      expect(output.replace(/\n.*\n/, "")).toMatch(/^(?:😀)+$/u);
      expect(pieces.join("")).toBe("😀".repeat(20));
      expect(pieces.every((piece) => !piece.includes("\uFFFD"))).toBe(true);
    });

    it("exec() refuses a blocked command and names the entry", async () => {
      const error = { name: "SandboxError", code: "command_blocked", message: expect.stringContaining('"curl"') };
      await expect(sandbox.exec("echo > ran | c'u'rl x")).rejects.toMatchObject(error);
      await expect(sandbox.exec(["sh", "-c", "curl x"])).rejects.toMatchObject(error);
      expect((await sandbox.exec("test ! -e ran")).exitCode).toBe(0);
    });

    it("exec() runs 20 commands at once and keeps them apart", async () => {
      const runs = Array.from({ length: 20 }, (_, index) => sandbox.exec(`echo ${index}; exit ${index}`));
      const results = await Promise.all(runs);
      expect(results.map(({ stdout, exitCode }) => `${stdout}${exitCode}`)).toEqual(
        results.map((_, index) => `${index}\n${index}`),
      );
    });

    it("disposal ends what runs and what was left in the background, and refuses more", async () => {
      const other = await open({ cwd });
      await other.exec("(while :; do sleep 0.2; echo x >> alive; done) > /dev/null 2>&1 &");
      await other.exec("setsid sh -c 'while :; do sleep 0.2; echo x >> alive; done' > /dev/null 2>&1 &");
      const begun = Promise.withResolvers<void>();
      const run = other.exec("echo begun; sleep 60", { onOutput: () => begun.resolve() });
      run.catch(() => {});
      await begun.promise;
      await other[Symbol.asyncDispose]();
      await expect(run).rejects.toMatchObject({ name: "SandboxError" });
      await expect(other.exec("true")).rejects.toMatchObject({ name: "SandboxError", code: "sandbox_failed" });
      expect((await sandbox.exec("rm -f alive; sleep 0.8; test ! -e alive")).exitCode).toBe(0);
      await other[Symbol.asyncDispose]();
    });
  });
}

/** bash takes the socket that is its input for a remote login: what `.bashrc` exports would be there then. */
export async function expectNoStartFiles(
  open: (hostEnv: Readonly<Record<string, string | undefined>>) => Promise<Sandbox>,
): Promise<void> {
  const home = await mkdtemp(join(tmpdir(), "harness-home-"));
  await writeFile(join(home, ".bashrc"), "export LEAKED=sk-1; echo ran");
  await using sandbox = await open({ ...process.env, HOME: home });
  const commands = [
    "echo leaked=$LEAKED",
    ["bash", "-c", "echo leaked=$LEAKED"],
    ["sh", "-c", "bash -c 'echo leaked=$LEAKED'"],
  ];
  for (const command of commands) {
    expect((await sandbox.exec(command, { stdin: "input" })).output).toBe("leaked=\n");
  }
  await rm(home, { recursive: true });
}
