import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { z } from "zod";

import {
  createHarness,
  defineTool,
  run,
  type ApprovalAnswer,
  type ApprovalQuestion,
  type RunOptions,
} from "../../src/index.ts";
import type { Tool } from "../../src/spec/index.ts";
import { scriptedModel } from "../../src/testing/index.ts";
import { messagesOf, openStage, readStory } from "./stage.ts";

const call = (name: string, args: Record<string, string>) => ({ toolCalls: [{ name, args }] });

/** An approver that gives the same answer each time and keeps the questions. */
function asked(answer: ApprovalAnswer) {
  const questions: ApprovalQuestion[] = [];
  const onApproval = (question: ApprovalQuestion): ApprovalAnswer => (questions.push(question), answer);
  return { questions, onApproval };
}

describe("an approval for good", () => {
  it("is asked for once, told, kept in a file, and holds in the next harness, but not elsewhere", async () => {
    await using stage = await openStage();
    const steps = [call("Write", { file_path: "a.txt", content: "1" }), "Done."];
    const first = asked({ decision: "approve", scope: "always", approver: "ada" });
    const options = (parts: RunOptions) => stage.options({ tools: ["Write"], audit: false, ...parts });
    const story = await readStory(run("Write", options({ model: scriptedModel(steps), onApproval: first.onApproval })));
    expect(first.questions).toMatchObject([{ proposedRule: "Write(a.txt)", scopes: ["once", "session", "always"] }]);
    const told = messagesOf(story, "system").find(({ subtype }) => subtype === "approval_remembered");
    expect(told?.data).toMatchObject({ scope: "always", rule: "Write(a.txt)" });
    expect(await readFile(join(stage.folder, ".harness", "approvals.json"), "utf8")).toContain("ada");

    const second = asked({ decision: "deny" });
    const other = [
      call("Write", { file_path: "a.txt", content: "2" }),
      call("Write", { file_path: "b.txt", content: "1" }),
      "Done.",
    ];
    const next = await readStory(run("Write", options({ model: scriptedModel(other), onApproval: second.onApproval })));
    expect(messagesOf(next, "tool_result").map(({ decision }) => decision.reason)).toEqual([
      expect.stringContaining("Approved before by ada"),
      expect.stringContaining("Refused"),
    ]);
    expect(second.questions).toHaveLength(1);
  });

  it("holds for the session that it was given for", async () => {
    await using stage = await openStage();
    const { questions, onApproval } = asked({ decision: "approve", scope: "session" });
    const steps = [call("Bash", { command: "true" }), call("Bash", { command: "true" }), "Done."];
    const options = stage.options({
      tools: ["Bash"],
      audit: false,
      onApproval,
      model: scriptedModel([...steps, ...steps]),
    });
    await using harness = await createHarness(options);
    await harness.run("one").result;
    expect(questions).toHaveLength(1);
    await harness.run("two").result;
    expect(questions).toHaveLength(2);
  });
});

describe("a trust level", () => {
  const danger = (): { tools: readonly Tool[]; ran: string[] } => {
    const ran: string[] = [];
    const make = (name: string, risk: "medium" | "high" | "block", effect: "read" | "execute" = "execute"): Tool =>
      defineTool({
        name,
        description: name,
        input: z.object({}),
        effect,
        risk,
        execute: () => (ran.push(name), "ok"),
      }) as Tool;
    return {
      tools: [make("Minor", "medium"), make("Grave", "high"), make("Look", "medium", "read"), make("Never", "block")],
      ran,
    };
  };
  const steps = [call("Minor", {}), call("Grave", {}), call("Look", {}), call("Never", {}), "Done."];

  it.each([
    ["supervised", ["Minor", "Grave", "Look"], 1],
    ["semi_autonomous", ["Minor", "Grave", "Look"], 1],
    ["autonomous", ["Minor", "Look"], 0],
    ["read_only", ["Look"], 0],
  ] as const)("%s runs %j", async (trustLevel, expected, count) => {
    await using stage = await openStage();
    const { tools, ran } = danger();
    const { questions, onApproval } = asked({ decision: "approve" });
    const model = scriptedModel(steps);
    await run("Go", stage.options({ tools, audit: false, onApproval, trustLevel, model })).result;
    expect(ran).toEqual(expected);
    expect(questions).toHaveLength(count);
    const offered = model.requests[0]?.tools.map(({ name }) => name);
    expect(offered).toEqual(trustLevel === "read_only" ? ["Look"] : ["Minor", "Grave", "Look"]);
  });

  it("or none at all: a tool of risk block is not offered, by its name too, unless the host's registry knows better", async () => {
    await using stage = await openStage();
    const drop = defineTool({
      name: "drop_database",
      description: "Drops a database of the test",
      input: z.object({}),
      effect: "execute",
      execute: () => "dropped",
    }) as Tool;
    const lines: string[] = [];
    const model = scriptedModel(["Done.", "Done."]);
    const options = stage.options({ tools: [drop], audit: false, model, log: (line) => lines.push(line) });
    await run("Go", options).result;
    await run("Go", { ...options, risk: { registry: { drop_database: "high" } } }).result;
    expect(model.requests.map(({ tools }) => tools.map(({ name }) => name))).toEqual([[], ["drop_database"]]);
    expect(lines.join()).toContain("drop_database");
  });

  it("asks about high risk, whatever a rule allows", async () => {
    await using stage = await openStage();
    const { tools, ran } = danger();
    const model = scriptedModel([call("Grave", {}), "Done."]);
    const options = { tools, audit: false, trustLevel: "supervised", model, permissions: { allow: ["*"] } } as const;
    await run("Go", stage.options(options)).result;
    expect(ran).toEqual([]);
  });
});
