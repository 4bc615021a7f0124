import { execFile } from "node:child_process";
import { createHash } from "node:crypto";
import { mkdtemp, readFile, rm, stat, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { z } from "zod";

import { queryAudit, verifyAudit } from "../../src/audit/index.ts";
import { runCli } from "../../src/cli/run-cli.ts";
import { createHarness, defineTool, type Message, type RunOptions } from "../../src/index.ts";
import { memoryStore } from "../../src/session/index.ts";
import { memoryAudit, scriptedModel, type ScriptedStep } from "../../src/testing/index.ts";

const execute = promisify(execFile);

let home: string;
let project: string;
beforeEach(async () => {
  home = await mkdtemp(join(tmpdir(), "harness-undo-home-"));
  project = await mkdtemp(join(tmpdir(), "harness-undo-project-"));
});
afterEach(async () => {
  await rm(home, { recursive: true, force: true });
  await rm(project, { recursive: true, force: true });
});

function options(steps: readonly ScriptedStep[], parts: RunOptions = {}): RunOptions {
  return {
    model: scriptedModel(steps),
    cwd: project,
    env: { HOME: home, PATH: process.env["PATH"] },
    permissionMode: "bypass",
    audit: false,
    ...parts,
  };
}

const put = (path: string, text: string): Promise<void> => writeFile(join(project, path), text);
const read = (path: string): Promise<string> => readFile(join(project, path), "utf8");

function call(name: string, args: Record<string, string>, id: string): ScriptedStep {
  return { toolCalls: [{ name, args, id }] };
}

async function play(steps: readonly ScriptedStep[], parts: RunOptions = {}) {
  await using harness = await createHarness(options(steps, parts));
  const messages: Message[] = [];
  const run = harness.run("Go", { session: "story" });
  for await (const message of run) messages.push(message);
  return { messages, result: await run.result };
}

async function checkpoints() {
  const harness = await createHarness(options([]));
  return { ...harness.checkpoints("story"), [Symbol.asyncDispose]: () => harness[Symbol.asyncDispose]() };
}

async function cli(...argv: string[]): Promise<{ code: number; out: string; err: string }> {
  const text = { out: "", err: "" };
  const before = process.env["HOME"];
  process.env["HOME"] = home;
  try {
    const code = await runCli({
      argv,
      stdin: process.stdin,
      out: (more) => void (text.out += more),
      err: (more) => void (text.err += more),
      isInteractive: false,
    });
    return { code, ...text };
  } finally {
    process.env["HOME"] = before;
  }
}

const BAD_EDIT: readonly ScriptedStep[] = [
  call("Read", { file_path: "app.ts" }, "look"),
  call("Edit", { file_path: "app.ts", old_string: "good", new_string: "bad" }, "edit-1"),
  call("Write", { file_path: "new.ts", content: "made\n" }, "write-1"),
  call("Edit", { file_path: "app.ts", old_string: "bad", new_string: "worse" }, "edit-2"),
  "Done.",
];

describe("undo after a bad edit", () => {
  it("brings back the whole run, from another process, and tells each file; git notices nothing", async () => {
    await execute("git", ["init", "-q"], { cwd: project });
    await put("app.ts", "good\n");
    await execute("git", ["add", "."], { cwd: project });
    const index = createHash("sha256")
      .update(await readFile(join(project, ".git/index")))
      .digest("hex");
    const { messages } = await play(BAD_EDIT);
    expect(await read("app.ts")).toBe("worse\n");
    const kept = messages.filter((message) => message.type === "system" && message.subtype === "checkpoint");
    expect(kept).toMatchObject([
      { data: { path: join(project, "app.ts"), toolUseId: "edit-1" } },
      { data: { path: join(project, "new.ts"), toolUseId: "write-1" } },
      { data: { path: join(project, "app.ts"), toolUseId: "edit-2" } },
    ]);

    const { code, out } = await cli("undo", "story");
    expect(code).toBe(0);
    expect(out).toContain(`restored  ${join(project, "app.ts")}`);
    expect(out).toContain(`removed   ${join(project, "new.ts")}`);
    expect(await read("app.ts")).toBe("good\n");
    await expect(read("new.ts")).rejects.toThrow("ENOENT");
    expect(
      createHash("sha256")
        .update(await readFile(join(project, ".git/index")))
        .digest("hex"),
    ).toBe(index);
    // Nothing of it stands in the project.
    const { stdout } = await execute("git", ["status", "--porcelain"], { cwd: project });
    expect(stdout).toBe("A  app.ts\n");
  });

  describe("from the command line", () => {
    const log = () => join(home, ".harness", "audit");
    const told = async () => {
      const records: unknown[] = [];
      for await (const { session_id, data, content } of queryAudit(log(), { type: "checkpoint" }))
        records.push({ session_id, ...data, ...content });
      return records;
    };

    it("is on record in the log of the person, before and after it", async () => {
      await put("app.ts", "good\n");
      await play(BAD_EDIT);
      expect((await cli("undo", "story", "--list")).code).toBe(0);
      expect((await cli("undo", "story", "--dry-run")).code).toBe(0);
      // Nothing was done so far.
      await expect(stat(log())).rejects.toThrow("ENOENT");
      expect((await cli("undo", "story", "--call", "edit-2")).code).toBe(0);
      const checkpointId = expect.any(String);
      expect(await told()).toEqual([
        { session_id: "story", action: "restoring", selection: { call: "edit-2" } },
        { session_id: "story", action: "restored", checkpointId, path: join(project, "app.ts") },
      ]);
      expect(await verifyAudit(log())).toMatchObject({ ok: true });
    });

    it("changes nothing when it cannot be put on record", async () => {
      await put("app.ts", "good\n");
      await play(BAD_EDIT);
      await writeFile(log(), "in the way");
      expect(await cli("undo", "story")).toMatchObject({ code: 1, err: expect.stringContaining("audit") });
      expect(await read("app.ts")).toBe("worse\n");
    });

    it("writes no log where the person switched it off", async () => {
      await put("app.ts", "good\n");
      await play(BAD_EDIT);
      await writeFile(join(home, ".harness", "config.toml"), "[audit]\nenabled = false\n");
      expect((await cli("undo", "story")).code).toBe(0);
      expect(await read("app.ts")).toBe("good\n");
      await expect(stat(log())).rejects.toThrow("ENOENT");
    });
  });

  it("undoes one call, or one turn, and refuses a call that later ones build on", async () => {
    await put("app.ts", "good\n");
    await play(BAD_EDIT);
    await using known = await checkpoints();
    const early = await known.undo({ call: "edit-1" });
    expect(early.restored).toEqual([]);
    expect(early.conflicts).toMatchObject([
      { path: join(project, "app.ts"), reason: expect.stringContaining("edit-2") },
    ]);
    expect(await read("app.ts")).toBe("worse\n");

    expect((await known.undo({ turn: 4 })).restored).toMatchObject([{ action: "restored" }]);
    expect(await read("app.ts")).toBe("bad\n");
    expect((await known.undo({ call: "edit-1" })).conflicts).toEqual([]);
    expect(await read("app.ts")).toBe("good\n");
    expect(await read("new.ts")).toBe("made\n");
  });

  it("reports what somebody else changed since and does not touch it", async () => {
    await put("app.ts", "good\n");
    await play(BAD_EDIT);
    await put("app.ts", "mine\n");
    const { code, out } = await cli("undo", "story");
    expect(code).toBe(1);
    expect(out).toContain("CONFLICT");
    expect(await read("app.ts")).toBe("mine\n");
    await expect(read("new.ts")).rejects.toThrow("ENOENT");
  });

  it("tells first with a dry run, and an undo can be undone", async () => {
    await put("app.ts", "good\n");
    await play(BAD_EDIT);
    expect((await cli("undo", "story", "--dry-run")).out).toContain("would be restored");
    expect(await read("app.ts")).toBe("worse\n");
    await using known = await checkpoints();
    await known.undo({ run: "last" });
    const [undo] = (await known.list()).filter(({ path, tool }) => tool === "undo" && path.endsWith("app.ts"));
    expect((await known.undo({ edit: undo?.id ?? "" })).restored).toHaveLength(1);
    expect(await read("app.ts")).toBe("worse\n");
    expect((await known.undo({ run: "last" })).restored).toMatchObject([{ action: "restored" }]);
    expect(await read("app.ts")).toBe("good\n");
  });

  it("takes the runs of a session apart", async () => {
    await put("app.ts", "one\n");
    await play([
      call("Read", { file_path: "app.ts" }, "r"),
      call("Edit", { file_path: "app.ts", old_string: "one", new_string: "two" }, "a"),
      "Done.",
    ]);
    await play([
      call("Read", { file_path: "app.ts" }, "r"),
      call("Edit", { file_path: "app.ts", old_string: "two", new_string: "three" }, "b"),
      "Done.",
    ]);
    await using known = await checkpoints();
    expect((await known.list()).map(({ run, toolUseId }) => [run, toolUseId])).toEqual([
      [1, "a"],
      [2, "b"],
    ]);
    await known.undo({ run: "last" });
    expect(await read("app.ts")).toBe("two\n");
    await known.undo({ all: true });
    expect(await read("app.ts")).toBe("one\n");
  });
});

describe("undo of what commands did", () => {
  const written: readonly ScriptedStep[] = [
    call("Read", { file_path: "app.ts" }, "look"),
    call("Write", { file_path: "app.ts", content: "agent\n" }, "write-1"),
  ];
  const FORMATTED: readonly ScriptedStep[] = [
    ...written,
    call("Bash", { command: "echo formatted > app.ts; echo other > other.ts" }, "format"),
    "Done.",
  ];

  it("brings back a file that the session had changed and a command changed again, and tells of the command", async () => {
    await put("app.ts", "good\n");
    await put("other.ts", "mine\n");
    const { messages } = await play(FORMATTED);
    expect(await read("app.ts")).toBe("formatted\n");
    const kept = messages.filter((message) => message.type === "system" && message.subtype === "checkpoint");
    expect(kept).toMatchObject([{ data: { toolUseId: "write-1" } }, { data: { toolUseId: "format" } }]);
    await using known = await checkpoints();
    // The command built on the call before it.
    expect((await known.undo({ call: "write-1" })).conflicts).toMatchObject([
      { reason: expect.stringContaining("format (Bash) changed it later") },
    ]);
    const { code, out } = await cli("undo", "story");
    expect(out).toContain(`restored  ${join(project, "app.ts")}`);
    expect(out).toContain("COMMAND   Bash format (run 1, turn 3)");
    expect(code).toBe(0);
    expect(await read("app.ts")).toBe("good\n");
    // Nobody looked at it: it is neither brought back nor passed over in silence.
    expect(await read("other.ts")).toBe("other\n");
  });

  it("undoes the command alone, and brings back what it deleted", async () => {
    await put("app.ts", "good\n");
    await play([...written, call("Bash", { command: "rm app.ts" }, "delete"), "Done."]);
    await using known = await checkpoints();
    expect(await known.undo({ call: "delete" })).toMatchObject({
      restored: [{ action: "restored" }],
      commands: [{ toolUseId: "delete", tool: "Bash" }],
    });
    expect(await read("app.ts")).toBe("agent\n");
  });

  it("knows in a later run, of another process, what earlier ones changed", async () => {
    await put("app.ts", "good\n");
    await play([...written, "Done."]);
    await play([call("Bash", { command: "echo more >> app.ts" }, "later"), "Done."]);
    await using known = await checkpoints();
    await known.undo({ run: "last" });
    expect(await read("app.ts")).toBe("agent\n");
    await known.undo({ all: true });
    expect(await read("app.ts")).toBe("good\n");
  });

  it("tells of commands also where no file is known to have changed", async () => {
    await play([call("Bash", { command: "echo x > made.txt" }, "make"), "Done."]);
    const { out } = await cli("undo", "story");
    expect(out).toContain("Nothing to undo");
    expect(out).toContain("COMMAND   Bash make");
    expect(await read("made.txt")).toBe("x\n");
  });

  it("never writes over what somebody did after the command", async () => {
    await put("app.ts", "good\n");
    await play(FORMATTED);
    await put("app.ts", "person\n");
    expect((await cli("undo", "story")).out).toContain("CONFLICT");
    expect(await read("app.ts")).toBe("person\n");
  });

  it("runs a command although nothing can be kept", async () => {
    await writeFile(join(home, ".harness"), "");
    await using harness = await createHarness(options([call("Bash", { command: "echo ran" }, "c"), "Done."]));
    const results: Message[] = [];
    for await (const message of harness.run("Go")) if (message.type === "tool_result") results.push(message);
    expect(results).toMatchObject([{ outcome: "completed" }]);
  });
});

describe("what is kept", () => {
  it("goes with the session", async () => {
    await put("app.ts", "good\n");
    await play(BAD_EDIT);
    await using known = await checkpoints();
    expect(await known.list()).toHaveLength(3);
    await using harness = await createHarness(options([]));
    await harness.sessions.delete("story");
    expect(await known.list()).toEqual([]);
    await expect(harness.sessions.delete("../story")).rejects.toMatchObject({ code: "session_not_found" });
  });

  it("is on record: in the audit log and in the journal of the session", async () => {
    await put("app.ts", "good\n");
    const audit = memoryAudit();
    const store = memoryStore();
    await using harness = await createHarness(options(BAD_EDIT, { audit }));
    await harness.run("Go", { session: { id: "story", store } }).result;
    const saved = audit.records.filter(({ type }) => type === "checkpoint");
    expect(saved.map(({ content }) => content)).toEqual(
      ["app.ts", "new.ts", "app.ts"].map((path) => ({ path: join(project, path) })),
    );
    const made: unknown[] = [];
    for await (const { type, data } of store.read("story")) if (type === "checkpoint-made") made.push(data["id"]);
    expect(made).toEqual(["1.1", "1.2", "1.3"]);
  });

  const overwrite = defineTool({
    name: "Overwrite",
    description: "Writes past the port of files, as a host's own tool may",
    input: z.object({ file_path: z.string() }),
    effect: "write",
    pathArgs: ["file_path"],
    execute: async ({ file_path: path }) => {
      await put(path, "by the host's tool\n");
      return "ok";
    },
  });

  it("holds for every tool that declares its paths, and for bytes that are no text", async () => {
    const bytes = Uint8Array.of(0, 255, 128, 10);
    await writeFile(join(project, "image.bin"), bytes);
    await play([call("Overwrite", { file_path: "image.bin" }, "w"), "Done."], { tools: [overwrite] });
    await using known = await checkpoints();
    expect((await known.undo({ call: "w" })).restored).toHaveLength(1);
    expect(new Uint8Array(await readFile(join(project, "image.bin")))).toEqual(bytes);
  });

  it("is nothing for a call that failed or changed nothing, and with checkpoints: false", async () => {
    await put("app.ts", "good\n");
    const steps = [
      call("Read", { file_path: "app.ts" }, "r"),
      call("Edit", { file_path: "app.ts", old_string: "missing", new_string: "x" }, "e"),
      call("Write", { file_path: "app.ts", content: "good\n" }, "w"),
      "Done.",
    ];
    const { messages } = await play(steps);
    await using known = await checkpoints();
    expect(await known.list()).toEqual([]);
    expect(messages.some((message) => message.type === "system" && message.subtype === "checkpoint")).toBe(false);
    await play(BAD_EDIT, { checkpoints: false });
    expect(await known.list()).toEqual([]);
  });

  it("does not write through a link that appeared since", async () => {
    await put("app.ts", "good\n");
    await play(BAD_EDIT);
    const outside = join(home, "outside.ts");
    await writeFile(outside, "worse\n");
    await rm(join(project, "app.ts"));
    await symlink(outside, join(project, "app.ts"));
    await using known = await checkpoints();
    const { conflicts } = await known.undo({ run: "last" });
    expect(conflicts).toMatchObject([{ path: join(project, "app.ts") }]);
    expect(await readFile(outside, "utf8")).toBe("worse\n");
  });

  it("refuses a copy that was damaged, and a session without edits", async () => {
    await put("app.ts", "good\n");
    await play(BAD_EDIT);
    const digest = createHash("sha256").update("good\n").digest("hex");
    await writeFile(join(home, ".harness/checkpoints/story/contents", digest), "evil\n");
    await using known = await checkpoints();
    expect((await known.undo({ run: "last" })).conflicts).toMatchObject([
      { reason: expect.stringContaining("damaged") },
    ]);
    expect(await read("app.ts")).toBe("worse\n");
    expect(await cli("undo", "another")).toMatchObject({
      code: 1,
      err: expect.stringContaining("No call of this session"),
    });
    expect(await cli("undo", "../story")).toMatchObject({ code: 2, err: expect.stringContaining("session id") });
    expect(await cli("undo")).toMatchObject({ code: 2 });
  });

  it("does not begin a call whose files cannot be kept", async () => {
    await put("app.ts", "good\n");
    // A file where the copies should go.
    await writeFile(join(home, ".harness"), "");
    await using harness = await createHarness(
      options([call("Overwrite", { file_path: "app.ts" }, "w"), "Done."], { tools: [overwrite] }),
    );
    const results: Message[] = [];
    for await (const message of harness.run("Go")) if (message.type === "tool_result") results.push(message);
    expect(results).toMatchObject([{ outcome: "failed" }]);
    expect(await read("app.ts")).toBe("good\n");
  });

  it("is all that a tool wrote that was left to itself, which writes no more", async () => {
    const { promise: late, resolve: tellLate } = Promise.withResolvers<unknown>();
    const deaf = defineTool({
      name: "Deaf",
      description: "Writes on, whoever stops it",
      input: z.object({}),
      effect: "write",
      async execute(_input, { files, signal, emit }) {
        await files.write("early.ts", "made\n");
        // Under way when the run is stopped.
        const slow = files.write("slow.ts", "made\n".repeat(100_000));
        emit("at work\n".repeat(500));
        await new Promise((resolve) => signal.addEventListener("abort", resolve, { once: true }));
        await slow;
        await new Promise((resolve) => setTimeout(resolve, 50));
        await files.write("late.ts", "made\n").then(tellLate, tellLate);
        return "done";
      },
    });
    await using harness = await createHarness(options([call("Deaf", {}, "d"), "Done."], { tools: [deaf] }));
    const run = harness.run("Go", { session: "story" });
    for await (const { type } of run) if (type === "tool_progress") run.abort();
    expect(await run.result).toMatchObject({ stopReason: "aborted" });
    await using known = await checkpoints();
    const edits = await known.list();
    expect(edits.map(({ path, before }) => ({ path, before }))).toEqual([
      { path: join(project, "early.ts"), before: null },
      { path: join(project, "slow.ts"), before: null },
    ]);
    expect(await late).toMatchObject({ code: "tool_failed", message: expect.stringContaining("has ended") });
    expect(await known.list()).toEqual(edits);
    const { restored, conflicts } = await known.undo({ run: "last" });
    expect([restored.length, conflicts]).toEqual([2, []]);
    for (const name of ["early.ts", "slow.ts", "late.ts"]) await expect(read(name)).rejects.toThrow("ENOENT");
  });

  it("is one edit where a call writes a file several times at once", async () => {
    await put("app.ts", "good\n");
    const twice = defineTool({
      name: "Twice",
      description: "Writes a file twice at once",
      input: z.object({}),
      effect: "write",
      async execute(_input, { files }) {
        await Promise.all([files.write("app.ts", "one\n"), files.write("app.ts", "two\n")]);
        await files.write("app.ts", "three\n");
        return "done";
      },
    });
    await play([call("Twice", {}, "t"), "Done."], { tools: [twice] });
    await using known = await checkpoints();
    expect(await known.list()).toHaveLength(1);
    await known.undo({ run: "last" });
    expect(await read("app.ts")).toBe("good\n");
  });
});
