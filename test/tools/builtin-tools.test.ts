import { spawnSync } from "node:child_process";
import { tmpdir } from "node:os";
import { describe, expect, it } from "vitest";
import { z } from "zod";

import {
  BUILTIN_TOOL_NAMES,
  createBuiltinTools,
  createToolRegistry,
  defineTool,
  type ToolRegistry,
} from "../../src/tools/index.ts";
import { openSession } from "./call-tool.ts";

const root = new URL("../../", import.meta.url);

describe("createBuiltinTools()", () => {
  it("makes all tools of its list, in that order, with the effects that checks rely on", () => {
    expect(Object.fromEntries(createBuiltinTools().map(({ name, effect }) => [name, effect]))).toEqual({
      Read: "read",
      Write: "write",
      Edit: "write",
      Bash: "execute",
      Glob: "read",
      Grep: "read",
      WebFetch: "network",
      AskUser: "read",
      Checkpoint: "write",
      TodoWrite: "read",
      ToolSearch: "read",
    });
    expect(createBuiltinTools().map(({ name }) => name)).toEqual(BUILTIN_TOOL_NAMES);
  });

  it("names the arguments that hold paths, and nothing else", () => {
    const args = createBuiltinTools().flatMap(({ name, pathArgs }) =>
      pathArgs === undefined ? [] : [[name, ...pathArgs]],
    );
    expect(args).toEqual([
      ["Read", "file_path"],
      ["Write", "file_path"],
      ["Edit", "file_path"],
      ["Glob", "path"],
      ["Grep", "path"],
      ["Checkpoint", "file_path"],
    ]);
    expect(
      createBuiltinTools()
        .filter(({ isUntrusted }) => isUntrusted === true)
        .map(({ name }) => name),
    ).toEqual(["WebFetch"]);
  });

  it("tells models exactly what the schemas parse", () => {
    const check = spawnSync(process.execPath, ["scripts/generate-tool-schemas.mjs", "--check"], {
      cwd: root,
      encoding: "utf8",
    });
    expect([check.status, check.stderr]).toEqual([0, ""]);
  });

  it("shares nothing between two sessions", async () => {
    const [first, second] = [await openSession(tmpdir()), await openSession(tmpdir())];
    expect(first.tools).not.toBe(second.tools);
    for (const [index, tool] of first.tools.entries()) expect(tool).not.toBe(second.tools[index]);
  });
});

describe("AskUser", () => {
  it.each([[{}], [{ question: " " }], [{ question: "x", options: "a" }], [{ question: "x", options: [""] }]])(
    "refuses %j",
    async (args) => {
      const session = await openSession(tmpdir(), { ask: async () => "never" });
      expect((await session.call("AskUser", args)).isError).toBe(true);
    },
  );

  it("fails when nobody is there", async () => {
    const session = await openSession(tmpdir());
    expect(await session.call("AskUser", { question: "Which?" })).toMatchObject({
      isError: true,
      text: expect.stringContaining("Nobody"),
    });
  });

  it("passes the question on and gives the answer back", async () => {
    const asked: object[] = [];
    const session = await openSession(tmpdir(), {
      ask: async (question, { signal }) => {
        signal.throwIfAborted();
        asked.push(question);
        return asked.length === 1 ? "the second" : "";
      },
    });
    expect(await session.call("AskUser", { question: "Which?", options: ["a", "b"] })).toMatchObject({
      text: "the second",
      isError: false,
    });
    expect((await session.call("AskUser", { question: "Why?" })).text).toBe("(the person gave no answer)");
    expect(asked).toEqual([{ question: "Which?", options: ["a", "b"] }, { question: "Why?" }]);
  });
});

describe("TodoWrite", () => {
  it("gives the list back, for the model and for people", async () => {
    const session = await openSession(tmpdir());
    const todos = [
      { content: "look", status: "completed" },
      { content: "write", status: "in_progress" },
      { content: "test", status: "pending" },
    ];
    expect(await session.call("TodoWrite", { todos })).toMatchObject({
      text: "1. [x] look\n2. [>] write\n3. [ ] test",
      display: todos,
    });
    expect(await session.call("TodoWrite", { todos: [] })).toMatchObject({ isError: false });
  });

  it.each([
    [{}],
    [{ todos: [{ content: "x" }] }],
    [{ todos: [{ content: "", status: "pending" }] }],
    [{ todos: [{ content: "x", status: "done" }] }],
  ])("refuses %j", async (args) => {
    const session = await openSession(tmpdir());
    expect((await session.call("TodoWrite", args)).isError).toBe(true);
  });
});

describe("ToolSearch", () => {
  const further = (name: string, description: string) =>
    defineTool({
      name,
      description,
      input: z.object({ city: z.string(), day: z.string() }),
      effect: "network",
      isDeferred: true,
      execute: () => "",
    });

  it("finds by name before description, shows the arguments and has the tools offered", async () => {
    let registry: ToolRegistry | undefined;
    const deferred = [
      further("mcp__db__query", "Asks the weather archive"),
      further("get_weather", "Tells how it will be outside"),
      further("send_mail", "Sends a letter"),
    ];
    const session = await openSession(tmpdir(), {
      deferred: () => registry?.deferred() ?? [],
      activate: (names) => registry?.activate(names),
    });
    registry = createToolRegistry([...session.tools, ...deferred]);
    const { text } = await session.call("ToolSearch", { query: "Weather" });
    expect(text).toBe(
      "get_weather(city, day): Tells how it will be outside\n\nmcp__db__query(city, day): Asks the weather archive",
    );
    expect(registry.names().slice(-2)).toEqual(["mcp__db__query", "get_weather"]);
    expect((await session.call("ToolSearch", { query: "weather" })).text).toBe("No further tool matches");
  });

  it("shows at most five, and refuses an empty query", async () => {
    const found: string[][] = [];
    const session = await openSession(tmpdir(), {
      deferred: () => Array.from({ length: 9 }, (_, index) => further(`tool_${index}`, "x")),
      activate: (names) => void found.push([...names]),
    });
    await session.call("ToolSearch", { query: "tool" });
    expect(found).toEqual([["tool_0", "tool_1", "tool_2", "tool_3", "tool_4"]]);
    expect((await session.call("ToolSearch", { query: "  " })).isError).toBe(true);
    expect((await session.call("ToolSearch", {})).isError).toBe(true);
  });
});
