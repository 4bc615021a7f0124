import { describe, it } from "vitest";

import { createFiles } from "../../src/files/index.ts";
import { createSandbox } from "../../src/sandbox/index.ts";
import type { ExecResult, Sandbox } from "../../src/spec/index.ts";
import { FAKE_ISOLATION, fakeSandbox, sandboxConformance } from "../../src/testing/index.ts";
import { expectConforming, expectFaultsFound } from "./run-cases.ts";
import { useTemporaryFolder } from "./temporary-folder.ts";

describe("sandboxes", () => {
  const newFolder = useTemporaryFolder();
  let folder: Promise<string> | undefined;
  const open = async (mode: "none" | "process") => await createSandbox({ mode, cwd: await (folder ??= newFolder()) });
  expectConforming(
    'createSandbox({ mode: "process" })',
    sandboxConformance(async () => await open("process")),
  );

  it("sandboxConformance() finds every fault", async () => {
    const otherFiles = await createFiles({ cwd: await newFolder() });
    /** A real sandbox whose commands or results are changed. */
    const broken = (change: Partial<Sandbox> | ((inner: Sandbox) => Partial<Sandbox>)) =>
      sandboxConformance(async () => {
        const inner = await open("none");
        const same: Sandbox = {
          mode: inner.mode,
          isolation: inner.isolation,
          exec: async (command, options) => await inner.exec(command, options),
          [Symbol.asyncDispose]: async () => await inner[Symbol.asyncDispose](),
        };
        return { ...same, ...(typeof change === "function" ? change(inner) : change) };
      });
    const leavesRunning = broken((inner) => ({
      async exec(command, options = {}) {
        if (typeof command !== "string" || !command.includes("x >>")) return await inner.exec(command, options);
        // As a sandbox that forgets what it started.
        const file = /x >> (\w+)/.exec(command)?.[1] ?? "";
        const loop = `for i in 1 2 3 4 5 6 7 8 9; do sleep 0.2; echo x >> ${file}; done`;
        await inner.exec(`setsid sh -c '${loop}' > /dev/null 2>&1 & echo begun`);
        options.onOutput?.("begun\n", "stdout");
        return options.signal === undefined
          ? { ...noResult, timedOut: true, stdout: "begun\n" }
          : Promise.reject(options.signal.reason);
      },
      async [Symbol.asyncDispose]() {},
    }));
    await expectFaultsFound({
      "runs nothing": sandboxConformance(() => fakeSandbox()),
      "leaves processes running": leavesRunning.filter(({ name }) => /process tree|disposal/.test(name)),
      "keeps too much": broken((inner) => ({
        exec: async (command, { maxOutputBytes: _bytes, ...options } = {}) => await inner.exec(command, options),
      })).filter(({ name }) => name.includes("no more output")),
      "shows tools another tree": broken({ files: otherFiles }).filter(({ name }) => name.startsWith("files")),
      "starts what was aborted": broken((inner) => ({
        async exec(command, { signal, ...options } = {}) {
          const result = await inner.exec(command, options);
          signal?.throwIfAborted();
          return result;
        },
      })).filter(({ name }) => name.includes("fired already")),
    });
  });
});

const noResult: ExecResult = {
  exitCode: 0,
  signal: undefined,
  stdout: "",
  stderr: "",
  output: "",
  timedOut: false,
  oomKilled: false,
  truncated: false,
  isolation: FAKE_ISOLATION,
};
