import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { z } from "zod";

import { defineTool, run, type Tool } from "../../src/index.ts";
import { readRecording, replaySession } from "../../src/replay/index.ts";
import { memoryStore } from "../../src/session/index.ts";
import { scriptedModel } from "../../src/testing/index.ts";

/** Tools whose results depend on how often they were called, so that a result in the wrong place is seen. */
function countingTools(): readonly Tool[] {
  let count = 0;
  const input = z.object({ n: z.number().int().optional(), mode: z.enum(["ok", "fail", "media"]).default("ok") });
  const make = (name: string, effect: "read" | "write" | "network"): Tool =>
    defineTool({
      name,
      description: name,
      input,
      effect,
      ...(effect === "network" ? { isUntrusted: true } : {}),
      execute({ mode }) {
        count += 1;
        if (mode === "fail") throw new Error(`failure ${count}`);
        if (mode === "ok") return `result ${count}`;
        return {
          content: [
            { type: "text", text: `part ${count}` },
            { type: "image", data: "aGk=", mediaType: "image/png" },
          ],
        };
      },
    });
  return [make("Look", "read"), make("Change", "write"), make("Fetch", "network")];
}

const callArbitrary = fc.record({
  name: fc.constantFrom("Look", "Change", "Fetch", "Nonsense"),
  args: fc.oneof(
    fc.record({ n: fc.nat(2), mode: fc.constantFrom("ok", "fail", "media") }, { requiredKeys: [] }),
    fc.constant({ n: "no number" }),
  ),
  // Some vendors give the same id again.
  id: fc.constantFrom("a", "b", "c", "d", "e", "f"),
});
const turnArbitrary = fc.uniqueArray(callArbitrary, { minLength: 1, maxLength: 4, selector: ({ id }) => id });
const sessionArbitrary = fc.record({
  turns: fc.array(turnArbitrary, { maxLength: 5 }),
  deny: fc.subarray(["Look", "Change", "Fetch"]),
  approves: fc.boolean(),
  mode: fc.constantFrom("default", "accept_edits", "plan", "bypass"),
});

describe("replaySession()", () => {
  it("gives any session again as it was, with its own tools and without them", async () => {
    await fc.assert(
      fc.asyncProperty(sessionArbitrary, async ({ turns, deny, approves, mode }) => {
        const store = memoryStore();
        const tools = countingTools();
        const model = scriptedModel([...turns.map((toolCalls) => ({ toolCalls })), "Done."] as never);
        const base = { audit: false, config: false, env: {}, sandbox: "none", permissionMode: mode } as const;
        const onApproval = async (): Promise<boolean> => approves;
        const permissions = { deny };
        const options = { ...base, model, tools, permissions, onApproval, session: { store } };
        const result = await run("Go", options).result;
        const recording = await readRecording(store, result.sessionId);
        const blind = await replaySession(recording);
        expect(blind.divergences).toEqual([]);
        const judged = await replaySession(recording, { tools, permissions, permissionMode: mode });
        expect(judged.divergences).toEqual([]);
        expect(judged.turns).toBe(turns.length + 1);
      }),
      { numRuns: 40 },
    );
  });
});
