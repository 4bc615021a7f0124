import { existsSync } from "node:fs";
import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, it } from "vitest";

import { run, type RunOptions } from "../../src/index.ts";
import { scriptedModel } from "../../src/testing/index.ts";
import { messagesOf, openStage, readStory, type Stage } from "./stage.ts";

const play = async (stage: Stage, content: string, parts: RunOptions) => {
  const model = scriptedModel([{ toolCalls: [{ name: "Write", args: { file_path: "a.py", content } }] }, "Done."]);
  const options = stage.options({ tools: ["Write"], audit: false, permissionMode: "bypass", model, ...parts });
  return messagesOf(await readStory(run("Go", options)), "tool_result")[0];
};

describe("constraints", () => {
  it("of the options stop injection-prone code before it is written and tell the model why", async () => {
    await using stage = await openStage();
    const text = 'cur.execute(f"SELECT * FROM users WHERE id = {x}")\n';
    const result = await play(stage, text, { constraints: { code: true } });
    expect(result).toMatchObject({ outcome: "denied", decision: { layer: "constraints", rule: "code.sql_injection" } });
    expect(result?.content).toContain("pass values as parameters");
    expect(existsSync(join(stage.folder, "a.py"))).toBe(false);
    expect((await play(stage, text, {}))?.outcome).toBe("completed");
  });

  it("of the configuration hold too, with secrets as the redactor knows them", async () => {
    await using stage = await openStage();
    await mkdir(join(stage.folder, ".harness"));
    await writeFile(join(stage.folder, ".harness", "config.toml"), "[constraints]\ncode = true\n");
    const secret = 'key = "ghp_aZ3bY7cX1dW9eV5fU2gT8hS4iR6jQ0kPmNlL"\n';
    expect(await play(stage, secret, {})).toMatchObject({ decision: { rule: "code.hard_coded_secret" } });
    const own = { env: { HOME: stage.folder, OWN_API_KEY: "quite-an-odd-value-7" } };
    expect(await play(stage, "key = 'quite-an-odd-value-7'", own)).toMatchObject({ outcome: "denied" });
    expect((await play(stage, "key = os.environ['KEY']", {}))?.outcome).toBe("completed");
  });

  it("that do not exist stop the run at its start", async () => {
    await using stage = await openStage();
    await mkdir(join(stage.folder, ".harness"));
    await writeFile(join(stage.folder, ".harness", "config.toml"), '[constraints]\ndomains = ["finanse"]\n');
    const result = await run("Go", stage.options({ audit: false, model: scriptedModel(["Done."]) })).result;
    expect(result.error).toMatchObject({ code: "config_invalid", message: expect.stringContaining("finance") });
  });
});
