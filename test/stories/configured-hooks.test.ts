import { existsSync } from "node:fs";
import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, it } from "vitest";

import { run, type RunOptions } from "../../src/index.ts";
import { scriptedModel } from "../../src/testing/index.ts";
import { messagesOf, openStage, readStory } from "./stage.ts";

const HOOK = `
[hooks.guard]
event = "pre_tool_use"
command = ["sh", "-c", "touch ran; echo no writing here >&2; exit 2"]
matcher = ["Write"]
`;
const steps = [{ toolCalls: [{ name: "Write", args: { file_path: "a.txt", content: "1" } }] }, "Done."];

async function write(folder: string, text: string): Promise<void> {
  await mkdir(join(folder, ".harness"), { recursive: true });
  await writeFile(join(folder, ".harness", "config.toml"), text);
}

describe("hooks of the configuration", () => {
  it("of the user's file deny, also what rules and the host's hooks allow", async () => {
    await using stage = await openStage();
    await write(stage.folder, HOOK);
    const options: RunOptions = {
      tools: ["Write"],
      audit: false,
      permissionMode: "bypass",
      hooks: [{ event: "beforeToolCall", run: () => ({ type: "proceed" }) }],
    };
    const story = await readStory(run("Go", stage.options({ ...options, model: scriptedModel(steps) })));
    expect(messagesOf(story, "tool_result")[0]).toMatchObject({ outcome: "denied", decision: { layer: "hook" } });
    expect(existsSync(join(stage.folder, "a.txt"))).toBe(false);
  });

  it("of a project's file run only when the project is trusted", async () => {
    await using stage = await openStage();
    const project = join(stage.folder, "project");
    await write(project, HOOK);
    const options = (trustProject: boolean): RunOptions =>
      stage.options({
        cwd: project,
        tools: ["Write"],
        audit: false,
        permissionMode: "bypass",
        trustProject,
        model: scriptedModel(steps),
      });
    const story = await readStory(run("Go", options(false)));
    expect(messagesOf(story, "tool_result")[0]?.outcome).toBe("completed");
    expect(existsSync(join(project, "ran"))).toBe(false);
    expect(messagesOf(story, "system").find(({ subtype }) => subtype === "settings_ignored")).toBeDefined();

    const trusted = await readStory(run("Go", options(true)));
    expect(messagesOf(trusted, "tool_result")[0]?.outcome).toBe("denied");
  });

  it.each([
    ["an unknown event", HOOK.replace("pre_tool_use", "pre_tool_usage")],
    ["no command", '[hooks.guard]\nevent = "pre_tool_use"\n'],
    ["a placeholder", HOOK.replace("touch ran", "touch {file_path}")],
    ["an unknown key", `${HOOK}\nmatch = ["x"]\n`],
  ])("with %s stop the run at its start", async (_name, text) => {
    await using stage = await openStage();
    await write(stage.folder, text);
    const result = await run("Go", stage.options({ audit: false, model: scriptedModel(["Done."]) })).result;
    expect(result).toMatchObject({ stopReason: "error", error: { code: "config_invalid" } });
  });

  it("may be passed as commands by the host", async () => {
    await using stage = await openStage();
    const hooks = [{ event: "beforeToolCall", command: ["sh", "-c", "exit 2"] }] as const;
    const story = await readStory(
      run(
        "Go",
        stage.options({ tools: ["Write"], audit: false, permissionMode: "bypass", hooks, model: scriptedModel(steps) }),
      ),
    );
    expect(messagesOf(story, "tool_result")[0]?.outcome).toBe("denied");
  });
});
