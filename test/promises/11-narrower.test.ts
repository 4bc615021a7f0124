import * as fc from "fast-check";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { z } from "zod";

import { defineTool, run, type Message, type RunOptions } from "../../src/index.ts";
import type { PermissionMode } from "../../src/permission/index.ts";
import type { ToolEffect } from "../../src/spec/index.ts";
import { scriptedModel } from "../../src/testing/index.ts";

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "harness-narrower-"));
});
afterEach(async () => {
  await rm(folder, { recursive: true, force: true });
});

const effects = ["read", "write", "execute", "network"] as const satisfies readonly ToolEffect[];
const tools = effects.map((effect) =>
  defineTool({ name: `Do_${effect}`, description: "Does it", input: z.object({}), effect, execute: () => "done" }),
);
const calls = effects.map((effect) => ({ name: `Do_${effect}`, args: {} }));
const modes = fc.constantFrom<PermissionMode>("default", "accept_edits", "plan", "bypass");
const ruleLists = fc.subarray(["Do_read", "Do_write", "Do_execute", "Do_*"]);

const settings = fc.record({
  permissionMode: modes,
  permissions: fc.record({ allow: ruleLists, deny: ruleLists, ask: ruleLists }),
  onApproval: fc.option(
    fc.boolean().map((yes) => async () => yes),
    { nil: undefined },
  ),
});
const definitions = fc.record({
  tools: fc.option(fc.subarray(["Do_read", "Do_write", "Do_*", "Task"]), { nil: undefined }),
  permissionMode: fc.option(modes, { nil: undefined }),
  isReadOnly: fc.option(fc.boolean(), { nil: undefined }),
});

/** Which of the tools were executed, asked by the run's own agent or by a sub-agent. */
async function executed(parts: RunOptions, agent: "main" | "child"): Promise<readonly string[]> {
  const own = [{ toolCalls: calls }, "done"];
  const asking = { toolCalls: [{ name: "Task", args: { agent_type: "child", prompt: "go" } }] };
  const model = scriptedModel(agent === "main" ? own : [asking, ...own, "done"]);
  const options: RunOptions = {
    model,
    tools: ["Task", ...tools],
    cwd: folder,
    env: { HOME: folder, PATH: process.env["PATH"] },
    audit: false,
    taint: false,
    ...parts,
  };
  const messages: Message[] = [];
  for await (const message of run("Go", options)) messages.push(message);
  return messages.flatMap((message) =>
    message.type === "tool_result" &&
    message.agent === agent &&
    message.outcome === "completed" &&
    message.name !== "Task"
      ? [message.name]
      : [],
  );
}

describe("promise 11: a sub-agent does nothing that its parent may not do", () => {
  it("whatever mode, rules, approver and definition", async () => {
    await fc.assert(
      fc.asyncProperty(settings, definitions, async (set, definition) => {
        const { onApproval, permissions, ...rest } = set;
        const given = Object.fromEntries(Object.entries(definition).filter(([, value]) => value !== undefined));
        const parts: RunOptions = {
          ...rest,
          ...(onApproval === undefined ? {} : { onApproval }),
          // The sub-agent itself may always be asked for: what it does is the question here.
          permissions: { ...permissions, allow: [...permissions.allow, "Task"] },
          agents: { child: { description: "Does things", ...given } },
        };
        const parent = await executed(parts, "main");
        expect(parent).toEqual(expect.arrayContaining([...(await executed(parts, "child"))]));
      }),
      { numRuns: 60 },
    );
  });
});
