import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach } from "vitest";

import { run, type Message, type RunOptions, type ToolResult } from "../../src/index.ts";
import { scriptedModel, type ScriptedToolCall } from "../../src/testing/index.ts";

/** A folder for each test, and runs that touch nothing else of the machine. */
export function useStage() {
  const stage = {
    folder: "",
    options: (parts: RunOptions = {}): RunOptions => ({
      cwd: stage.folder,
      env: { HOME: stage.folder, PATH: process.env["PATH"] },
      permissionMode: "bypass",
      ...parts,
    }),
    /** Runs the calls in one turn each and gives their results. */
    async callTools(calls: readonly ScriptedToolCall[], parts: RunOptions = {}): Promise<Played> {
      const model = scriptedModel([...calls.map((call) => ({ toolCalls: [call] })), "Done."]);
      const messages: Message[] = [];
      for await (const message of run("Go", stage.options({ model, ...parts }))) messages.push(message);
      const results = messages.filter((message) => message.type === "tool_result");
      return { messages, results, requests: model.requests };
    },
  };
  beforeEach(async () => {
    stage.folder = await mkdtemp(join(tmpdir(), "harness-promise-"));
  });
  afterEach(async () => {
    await rm(stage.folder, { recursive: true, force: true });
  });
  return stage;
}

/** What a run showed. */
export interface Played {
  readonly messages: readonly Message[];
  readonly results: readonly ToolResult[];
  readonly requests: readonly unknown[];
}
