import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach } from "vitest";

import { run, type Message, type RunOptions } from "../src/index.ts";
import { scriptedModel, type ScriptedStep } from "../src/testing/index.ts";

/** A home and a project for each test, and runs of a scripted model in them. */
export interface OwnPlaces {
  readonly home: string;
  readonly project: string;
  options(steps: readonly ScriptedStep[], parts?: RunOptions): RunOptions;
  /** Runs an agent to its end and gives the results of its calls. */
  play(
    steps: readonly ScriptedStep[],
    parts?: RunOptions,
  ): Promise<readonly Extract<Message, { readonly type: "tool_result" }>[]>;
}

/** Makes a home and a project before each test of the file, and removes them after it. */
export function useOwnPlaces(name: string, defaults: RunOptions = {}): OwnPlaces {
  let home = "";
  let project = "";
  beforeEach(async () => {
    home = await mkdtemp(join(tmpdir(), `harness-${name}-home-`));
    project = await mkdtemp(join(tmpdir(), `harness-${name}-project-`));
  });
  afterEach(async () => {
    await rm(home, { recursive: true, force: true });
    await rm(project, { recursive: true, force: true });
  });
  const options: OwnPlaces["options"] = (steps, parts = {}) => ({
    model: scriptedModel(steps),
    cwd: project,
    env: { HOME: home, PATH: process.env["PATH"] },
    audit: false,
    permissionMode: "bypass",
    ...defaults,
    ...parts,
  });
  return {
    get home() {
      return home;
    },
    get project() {
      return project;
    },
    options,
    async play(steps, parts) {
      const all: Message[] = [];
      for await (const message of run("Go", options(steps, parts))) all.push(message);
      return all.filter((message) => message.type === "tool_result");
    },
  };
}
