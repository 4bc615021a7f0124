import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { z } from "zod";

import { createHarness, defineTool, type Message, type RunOptions } from "../../src/index.ts";
import type { Model } from "../../src/spec/index.ts";
import { scriptedModel } from "../../src/testing/index.ts";

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "harness-agents-resume-"));
});
afterEach(async () => {
  await rm(folder, { recursive: true, force: true });
});

/** A main agent that asks for one sub-agent, which changes something; both go by what stands in the request. */
function model(asked: string[]): Model {
  return {
    ...scriptedModel([]),
    stream(request, options) {
      const text = JSON.stringify(request.messages);
      const isChild = !text.includes("Go");
      asked.push(isChild ? "child" : "main");
      const change = { toolCalls: [{ name: "Change", id: "same" }] };
      const ask = { toolCalls: [{ name: "Task", args: { agent_type: "general", prompt: "change it" }, id: "same" }] };
      const step = isChild
        ? text.includes("changed")
          ? "child is done"
          : change
        : text.includes("child is done")
          ? "all is done"
          : ask;
      return scriptedModel([step]).stream(request, options);
    },
  };
}

describe("a sub-agent whose run was interrupted", () => {
  it("waits for a person with its parent, and the same one goes on in another process", async () => {
    let changes = 0;
    const change = defineTool({
      name: "Change",
      description: "Changes it",
      input: z.object({}),
      effect: "write",
      execute() {
        changes += 1;
        return "changed";
      },
    });
    const asked: string[] = [];
    const options = (onApproval: RunOptions["onApproval"]): RunOptions => ({
      model: model(asked),
      cwd: folder,
      env: { HOME: folder, PATH: process.env["PATH"] },
      audit: false,
      tools: ["Task", change],
      permissions: { allow: ["Task"] },
      session: "s",
      ...(onApproval === undefined ? {} : { onApproval }),
    });
    await using first = await createHarness(options({ decide: async () => ({ decision: "pause" }) }));
    const begun: Message[] = [];
    for await (const message of first.run("Go")) begun.push(message);
    expect(begun.at(-1)).toMatchObject({ type: "result", stopReason: "paused" });
    expect(begun.find(({ type }) => type === "approval_request")).toMatchObject({ agent: "general", name: "Change" });
    await first[Symbol.asyncDispose]();
    expect(changes).toBe(0);
    expect(asked).toEqual(["main", "child"]);

    await using second = await createHarness(options(async () => true));
    const rest: Message[] = [];
    for await (const message of second.resume("s")) rest.push(message);
    expect(rest.at(-1)).toMatchObject({ type: "result", stopReason: "end_turn", text: "all is done" });
    expect(changes).toBe(1);
    // Neither the parent's first answer nor the child's was asked for again: it is the same child.
    expect(asked).toEqual(["main", "child", "child", "main"]);
    const starts = rest.flatMap((message) =>
      message.type === "system" && message.subtype === "agent_start" ? [message.data] : [],
    );
    const [before] = begun.flatMap((message) =>
      message.type === "system" && message.subtype === "agent_start" ? [message.data] : [],
    );
    expect(starts).toMatchObject([{ isResumed: true, sessionId: before?.sessionId }]);
  });
});
