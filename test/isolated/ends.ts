import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";

import type { Run, RunOptions } from "../../src/index.ts";
import { deaths, silences, unendedAnswer } from "../stories/deaths.ts";
import { answerCall, answerText, HANG, type FaultServer, type FaultStep } from "../stories/fault-server.ts";
import { COMMAND_MARK, places, quickTool } from "../stories/places.ts";
import type { Stage } from "../stories/stage.ts";

/** A way in which a run ends. */
export interface End {
  readonly name: string;
  readonly answers: readonly (readonly FaultStep[])[];
  readonly parts?: () => RunOptions;
  /** Reads the run; by default to its end. */
  readonly read?: ReadRun;
  /** Where both belong together and to one run only. */
  readonly open?: () => { readonly parts: RunOptions; readonly read: ReadRun };
  readonly prepare?: (stage: Stage) => Promise<void>;
}

type ReadRun = (current: Run, server: FaultServer) => Promise<void>;

const quietly = { retry: { maxRetries: 0 }, timeouts: { firstChunkMs: 60, chunkMs: 40 } } as const;
const once = { retry: { maxRetries: 0 } } as const;
const allowed = { permissionMode: "bypass" } as const;
const types = ["system", "reasoning", "text", "tool_use", "approval_request", "tool_result", "result"] as const;

/** Every way in which a run ends. */
export const ends: readonly End[] = [
  { name: "naturally", answers: [answerText("Done.")] },
  {
    name: "naturally after a tool",
    answers: [answerCall("Work"), answerText("Done.")],
    parts: () => ({ ...allowed, tools: [quickTool] }),
  },
  {
    name: "naturally after a command",
    answers: [answerCall("Bash", { command: "echo done" }), answerText("Done.")],
    parts: () => ({ ...allowed, tools: ["Bash"] }),
  },
  {
    name: "naturally with a process left in the background",
    answers: [
      answerCall("Bash", { command: `sleep ${COMMAND_MARK} >/dev/null 2>&1 & echo done` }),
      answerText("Done."),
    ],
    parts: () => ({ ...allowed, tools: ["Bash"] }),
  },
  {
    name: "naturally with a session in the user's database",
    answers: [answerText("Done.")],
    parts: () => ({ session: `s-${crypto.randomUUID()}` }),
  },
  { name: "naturally although the connection stays open", answers: [[...unendedAnswer.steps, HANG]] },
  {
    name: "by max_turns",
    answers: [answerCall("Work")],
    parts: () => ({ ...allowed, maxTurns: 2, tools: [quickTool] }),
  },
  { name: "by a budget", answers: [answerText("Done.")], parts: () => ({ budget: { maxTokens: 1 } }) },
  { name: "by runMs", answers: [[HANG]], parts: () => ({ timeouts: { runMs: 40 } }) },
  { name: "by turnMs", answers: [[HANG]], parts: () => ({ timeouts: { turnMs: 40 } }) },
  {
    name: "by a tool's limit and a denial",
    answers: [answerCall("Bash", { command: `sleep ${COMMAND_MARK}`, timeout: 40 }), answerText("Done.")],
    parts: () => ({ ...allowed, tools: ["Bash"] }),
  },
  { name: "without a key", answers: [[HANG]], parts: () => ({ apiKey: undefined as never }) },
  {
    name: "by a sandbox that is not there",
    answers: [[HANG]],
    parts: () => ({ sandbox: { mode: "docker", docker: { socketPath: "/nowhere/docker.sock" } } }),
  },
  {
    name: "by a configuration that cannot be read",
    answers: [[HANG]],
    parts: () => ({ session: `s-${crypto.randomUUID()}` }),
    async prepare({ folder }) {
      await mkdir(join(folder, ".harness"), { recursive: true });
      await writeFile(join(folder, ".harness", "config.toml"), "[run\n");
    },
  },
  {
    name: "by a policy that cannot be read",
    answers: [[HANG]],
    parts: () => ({ policy: "missing.yml", session: `s-${crypto.randomUUID()}` }),
  },
  ...deaths.map(({ where, steps }) => ({
    name: `because the provider dies ${where}`,
    answers: [steps],
    parts: () => once,
  })),
  ...silences.map(({ where, steps }) => ({
    name: `because of silence ${where}`,
    answers: [steps],
    parts: () => quietly,
  })),
  ...types.map((type): End => ({
    name: `because the reader leaves at ${type}`,
    answers: [answerCall("Work"), answerText("Done.")],
    parts: () => ({ tools: [quickTool], onApproval: () => true }),
    async read(current) {
      for await (const message of current) if (message.type === type) break;
    },
  })),
  ...places().map(({ where, answers }, index): End => ({
    name: `by abort() ${where}`,
    answers,
    open() {
      const place = places()[index];
      return {
        parts: place?.parts ?? {},
        async read(current, server) {
          const stop = (): void => current.abort(new Error("enough"));
          place?.begin?.({ server, stop });
          for await (const message of current) if (place?.at?.(message) === true) stop();
        },
      };
    },
  })),
];
