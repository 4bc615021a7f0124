import assert from "node:assert/strict";

import { SandboxError } from "../../errors/index.ts";
import type { Sandbox } from "../../spec/index.ts";
import type { ConformanceCase } from "./conformance-case.ts";

/** Gives a new sandbox with a POSIX `sh` and a working directory that can be written and that all of them share. */
export type OpenSandbox = () => Sandbox | Promise<Sandbox>;

/** What a place where commands run promises. Real commands run; the cases that watch a dead process tree take a second. */
export function sandboxConformance(open: OpenSandbox): readonly ConformanceCase[] {
  return [...resultCases, ...inputCases, ...fileCases, ...refusalCases, ...endCases].map(({ name, check }) => ({
    name,
    async run() {
      await using sandbox = await open();
      await check(sandbox, open);
    },
  }));
}

interface SandboxCase {
  readonly name: string;
  readonly check: (sandbox: Sandbox, open: OpenSandbox) => Promise<void>;
}

const resultCases: readonly SandboxCase[] = [
  {
    name: "exec() gives exit code, both streams and what holds",
    async check(sandbox) {
      const { exitCode, stdout, stderr, timedOut, truncated, isolation } = await sandbox.exec(
        "echo out; echo err >&2; exit 3",
      );
      const expected = { exitCode: 3, stdout: "out\n", stderr: "err\n", timedOut: false, truncated: false };
      assert.deepEqual({ exitCode, stdout, stderr, timedOut, truncated }, expected);
      assert.equal(isolation.mode, sandbox.mode);
    },
  },
  {
    name: "exec() gives both streams in the order in which they came",
    async check(sandbox) {
      const { output } = await sandbox.exec("echo 1; sleep 0.2; echo 2 >&2; sleep 0.2; echo 3");
      assert.equal(output, "1\n2\n3\n");
    },
  },
  {
    name: "exec() keeps no more output than it is told, and says so",
    async check(sandbox) {
      const command = "yes 0123456789abcdef | head -c 2000000";
      const { output, stdout, truncated } = await sandbox.exec(command, { maxOutputBytes: 1000 });
      assert.equal(truncated, true);
      // A note about what was left out may stand in it.
      assert(Buffer.byteLength(output) < 1500 && Buffer.byteLength(stdout) < 1500, "more was kept than maxOutputBytes");
    },
  },
  {
    name: "exec() calls onOutput with output as it comes, whole UTF-8 characters only",
    async check(sandbox) {
      const pieces: string[] = [];
      const command = String.raw`i=0; while [ $i -lt 5 ]; do printf '\360\237'; sleep 0.05; printf '\230\200'; i=$((i+1)); done`;
      await sandbox.exec(command, { onOutput: (text) => pieces.push(text) });
      assert.equal(pieces.join(""), "😀".repeat(5));
      assert(
        pieces.every((piece) => !piece.includes("\uFFFD") && piece.isWellFormed()),
        "a character was cut",
      );
    },
  },
  {
    name: "exec() keeps commands apart that run at once",
    async check(sandbox) {
      const runs = Array.from({ length: 8 }, (_, index) => sandbox.exec(`echo ${index}; exit ${index}`));
      const results = await Promise.all(runs);
      assert.deepEqual(
        results.map(({ stdout, exitCode }) => `${stdout}${exitCode}`),
        results.map((_, index) => `${index}\n${index}`),
      );
    },
  },
];

const inputCases: readonly SandboxCase[] = [
  {
    name: "exec() runs an argv without a shell",
    async check(sandbox) {
      const { stdout } = await sandbox.exec(["printf", "%s|", "$HOME", "a b", "*"]);
      assert.equal(stdout, "$HOME|a b|*|");
    },
  },
  {
    name: "exec() adds variables",
    async check(sandbox) {
      assert.equal((await sandbox.exec("echo $GIVEN", { env: { GIVEN: "yes; no" } })).stdout, "yes; no\n");
    },
  },
  {
    name: "exec() gives standard input, and an empty one where nothing is given",
    async check(sandbox) {
      assert.equal((await sandbox.exec("cat; echo end")).stdout, "end\n");
      assert.equal((await sandbox.exec("cat", { stdin: "grüße" })).stdout, "grüße");
      assert.equal((await sandbox.exec("wc -c", { stdin: new Uint8Array([1, 0, 255]) })).stdout.trim(), "3");
    },
  },
];

const fileCases: readonly SandboxCase[] = [
  {
    name: "files, where a sandbox has them, are those that commands see, under the same paths",
    async check({ files, exec }) {
      if (files === undefined) return;
      assert.equal((await exec("pwd")).stdout, `${files.cwd}\n`);
      await files.write("shared/by-tool.txt", "from a tool");
      assert.equal((await exec("cat shared/by-tool.txt")).stdout, "from a tool");
      await exec("echo from a command > shared/by-command.txt; rm shared/by-tool.txt");
      const { bytes, state } = await files.read(`${files.cwd}/shared/by-command.txt`);
      assert.equal(new TextDecoder().decode(bytes), "from a command\n");
      assert.equal((await exec(["cat", state.path])).stdout, "from a command\n");
      assert.equal(await files.stat("shared/by-tool.txt"), undefined);
      await exec("rm -r shared");
    },
  },
];

const refusalCases: readonly SandboxCase[] = [
  {
    name: "exec() gives a command that fails as a result, and throws a SandboxError for what cannot be started",
    async check(sandbox) {
      assert.notEqual((await sandbox.exec("no-such-program-here")).exitCode, 0);
      await assert.rejects(sandbox.exec(["no-such-program-here"]), SandboxError.isInstance);
      await assert.rejects(sandbox.exec("true", { cwd: "/no/such/directory" }), SandboxError.isInstance);
    },
  },
  {
    name: "exec() starts nothing when the signal has fired already, and rejects with its reason",
    async check(sandbox) {
      const reason = { why: "before" };
      const run = sandbox.exec("echo > ran", { signal: AbortSignal.abort(reason) });
      await assert.rejects(run, (error) => error === reason);
      assert.equal((await sandbox.exec("test ! -e ran")).exitCode, 0);
    },
  },
];

const endCases: readonly SandboxCase[] = [
  {
    name: "exec() kills the process tree at the time limit and gives the output so far",
    async check(sandbox) {
      const command = `trap '' TERM; echo begun; (trap '' TERM; ${keepWriting("late")}) & sleep 5`;
      const { timedOut, stdout } = await sandbox.exec(command, { timeoutMs: 700 });
      assert.deepEqual({ timedOut, stdout }, { timedOut: true, stdout: "begun\n" });
      await expectQuiet(sandbox, "late");
    },
  },
  {
    name: "exec() rejects with signal.reason after the process tree is dead",
    async check(sandbox) {
      const controller = new AbortController();
      const reason = { why: "at work" };
      const command = `trap '' TERM; (${keepWriting("aborted")}) & echo begun; wait`;
      const run = sandbox.exec(command, { signal: controller.signal, onOutput: () => controller.abort(reason) });
      await assert.rejects(run, (error) => error === reason);
      await expectQuiet(sandbox, "aborted");
    },
  },
  {
    name: "disposal ends what runs and what was left in the background, may be repeated, and refuses more",
    async check(sandbox, open) {
      const other = await open();
      await other.exec(`(${keepWriting("alive")}) > /dev/null 2>&1 &`);
      const begun = Promise.withResolvers<void>();
      const run = other.exec("echo begun; sleep 5", { onOutput: () => begun.resolve() });
      const isRejected = run.then(
        () => false,
        () => true,
      );
      // A command that ends at once says nothing more.
      await Promise.race([begun.promise, isRejected]);
      await other[Symbol.asyncDispose]();
      assert(await isRejected, "a command that runs must reject when its sandbox is disposed of");
      await assert.rejects(other.exec("true"), SandboxError.isInstance);
      await other[Symbol.asyncDispose]();
      await expectQuiet(sandbox, "alive");
    },
  },
];

/** Writes for five seconds, so that what a broken sandbox leaves behind ends by itself. */
function keepWriting(file: string): string {
  return `i=0; while [ $i -lt 25 ]; do i=$((i+1)); sleep 0.2; echo x >> ${file}; done`;
}

/** Nothing writes the file any more. */
async function expectQuiet(sandbox: Sandbox, file: string): Promise<void> {
  const { exitCode } = await sandbox.exec(`rm -f ${file}; sleep 0.8; test ! -e ${file}`);
  assert.equal(exitCode, 0, "a process outlived its end and still writes");
}
