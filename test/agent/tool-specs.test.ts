import { expect, it } from "vitest";
import { z } from "zod";

import { defineTool, run } from "../../src/index.ts";
import { scriptedModel } from "../../src/testing/index.ts";

it("run() gives the model the same description of a tool in every turn, so that an adapter writes it once", async () => {
  const note = defineTool({
    name: "Note",
    description: "Keeps a note",
    input: z.object({}),
    effect: "read",
    execute: () => "noted",
  });
  const model = scriptedModel([{ toolCalls: [{ name: "Note" }] }, "Done."]);
  await run("Go", { model, tools: [note], audit: false, config: false }).text();
  const [first, second] = model.requests.map(({ tools }) => tools[0]);
  expect(first).toMatchObject({ name: "Note" });
  expect(second).toBe(first);
});
