import { mkdir, readFile, stat, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, it } from "vitest";

import { run, type ApprovalQuestion, type RunOptions } from "../../src/index.ts";
import { scriptedModel } from "../../src/testing/index.ts";
import { messagesOf, openStage, readStory, type Stage } from "./stage.ts";

async function openProject(stage: Stage): Promise<string> {
  const project = join(stage.folder, "project");
  await mkdir(join(project, ".harness"), { recursive: true });
  await writeFile(join(project, ".harness", "config.toml"), '[permissions]\nallow = ["Bash"]\n');
  return project;
}

describe("trust of a project", () => {
  const play = async (stage: Stage, cwd: string, parts: RunOptions) => {
    const model = scriptedModel([{ toolCalls: [{ name: "Bash", args: { command: "true" } }] }, "Done."]);
    const story = await readStory(run("Go", stage.options({ cwd, tools: ["Bash"], audit: false, model, ...parts })));
    return messagesOf(story, "tool_result")[0]?.outcome;
  };
  const asking = (answer: boolean) => {
    const questions: ApprovalQuestion[] = [];
    const onApproval = (question: ApprovalQuestion): boolean => {
      questions.push(question);
      return question.name === "TrustProject" && answer;
    };
    return { questions, onApproval };
  };

  it("is asked once, remembered by the content, and asked again after a change", async () => {
    await using stage = await openStage();
    const project = await openProject(stage);
    const first = asking(true);
    expect(await play(stage, project, { trustProject: "ask", onApproval: first.onApproval })).toBe("completed");
    expect(first.questions.map(({ name }) => name)).toEqual(["TrustProject"]);
    expect(first.questions[0]?.args["files"]).toEqual([join(project, ".harness", "config.toml")]);

    const second = asking(false);
    expect(await play(stage, project, { trustProject: "ask", onApproval: second.onApproval })).toBe("completed");
    // Also without a question, where a person trusted it before.
    expect(await play(stage, project, {})).toBe("completed");
    expect(second.questions).toEqual([]);
    const trust = join(stage.folder, ".harness", "trust.json");
    expect((await stat(trust)).mode & 0o777).toBe(0o600);

    await writeFile(join(project, ".harness", "policy.yml"), "version: 1\nrules: []\n");
    expect(await play(stage, project, {})).toBe("denied");
    const third = asking(false);
    expect(await play(stage, project, { trustProject: "ask", onApproval: third.onApproval })).toBe("denied");
    expect(third.questions.map(({ name }) => name)).toEqual(["TrustProject", "Bash"]);
    expect(await readFile(trust, "utf8")).toContain(project);
  });

  it("is not given where nobody can answer, where the host says no, and for another folder", async () => {
    await using stage = await openStage();
    const project = await openProject(stage);
    expect(await play(stage, project, { trustProject: "ask" })).toBe("denied");
    await play(stage, project, { trustProject: "ask", onApproval: asking(true).onApproval });
    expect(await play(stage, project, { trustProject: false })).toBe("denied");
    const other = join(stage.folder, "other");
    await mkdir(join(other, ".harness"), { recursive: true });
    await writeFile(join(other, ".harness", "config.toml"), '[permissions]\nallow = ["Bash"]\n');
    expect(await play(stage, other, {})).toBe("denied");
  });

  it("stops a run at its start where the list cannot be read", async () => {
    await using stage = await openStage();
    const project = await openProject(stage);
    await mkdir(join(stage.folder, ".harness"), { recursive: true });
    await writeFile(join(stage.folder, ".harness", "trust.json"), "{");
    const result = await run("Go", stage.options({ cwd: project, audit: false, model: scriptedModel(["Done."]) }))
      .result;
    expect(result.error).toMatchObject({ code: "config_invalid" });
  });
});
