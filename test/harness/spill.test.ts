import { readdir, readFile, stat } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { z } from "zod";

import { defineTool, type Message } from "../../src/index.ts";
import { useOwnPlaces } from "../own-places.ts";

const KEY = `sk-ant-api03-${"a1B2c3D4e5".repeat(9)}-abcdefAA`;
const lines = Array.from({ length: 20_000 }, (_, index) => `line ${index + 1} of the log`);
lines[9999] = `here is the needle ${KEY}`;

const log = defineTool({
  name: "Log",
  description: "Gives a long log",
  input: z.object({}),
  effect: "read",
  maxOutputBytes: 1_000_000,
  execute: () => ({ content: lines.join("\n"), display: { shown: "d".repeat(200_000) } }),
});

const places = useOwnPlaces("spill", { session: "s", tools: ["Read", "Grep", "Write", log] });
const { play } = places;

const textOf = (message: Message | undefined): string =>
  message?.type === "tool_result" && typeof message.content === "string" ? message.content : "";

describe("a result that is too long for the context", () => {
  it("goes into a file that the agent can read and not write, without secrets, outside of the project", async () => {
    let path = "";
    const find = (request: { readonly messages: readonly unknown[] }): string =>
      /the whole is in (\S+):/.exec(JSON.stringify(request.messages))?.[1] ?? "none";
    const results = await play([
      { toolCalls: [{ name: "Log" }] },
      (request) => {
        path = find(request);
        return { toolCalls: [{ name: "Read", args: { file_path: path, offset: 9999, limit: 3 } }] };
      },
      () => ({ toolCalls: [{ name: "Grep", args: { pattern: "needle", path } }] }),
      () => ({ toolCalls: [{ name: "Write", args: { file_path: path, content: "changed" } }] }),
      "Done.",
    ]);
    const [first, read, grep, write] = results;
    expect(Buffer.byteLength(textOf(first))).toBeLessThan(101_000);
    expect(textOf(first)).toContain("line 1 of the log");
    expect(textOf(first)).toContain("line 20000 of the log");
    expect(textOf(first)).not.toContain("needle");
    expect(textOf(read)).toContain("here is the needle");
    expect(textOf(grep)).toContain("needle");
    expect(write).toMatchObject({ outcome: "denied", decision: { layer: "permission", rule: "protected-paths" } });

    const kept = await readFile(path, "utf8");
    expect(kept).toContain("line 15000 of the log");
    expect(kept).not.toContain(KEY);
    expect((await stat(path)).mode & 0o777).toBe(0o600);
    expect(await readdir(places.project)).toEqual([]);
    // What is shown to people is not kept for the model.
    expect(await readdir(join(places.home, ".harness/results/s"))).toHaveLength(1);
  });

  it("of another session cannot be read", async () => {
    await play([{ toolCalls: [{ name: "Log" }] }, "Done."]);
    const [name = ""] = await readdir(join(places.home, ".harness/results/s"));
    const path = join(places.home, ".harness/results/s", name);
    const [read] = await play([{ toolCalls: [{ name: "Read", args: { file_path: path } }] }, "Done."], {
      session: "other",
    });
    expect(read).toMatchObject({ outcome: "denied" });
  });

  it("loses its middle where the agent cannot read files", async () => {
    const [first] = await play([{ toolCalls: [{ name: "Log" }] }, "Done."], { tools: [log] });
    expect(textOf(first)).not.toContain("the whole is in");
    expect(textOf(first)).toContain("needle");
    await expect(readdir(join(places.home, ".harness/results"))).rejects.toThrow("ENOENT");
  });
});
