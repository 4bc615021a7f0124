import { existsSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";

import { commandHook, HookBus, joinHooks, type CommandHookOptions, type HookOptions } from "../../src/hooks/index.ts";
import { NO_LABELS } from "../../src/labels/index.ts";
import type { HookOutcome, JsonObject } from "../../src/spec/index.ts";
import { readProcess } from "../../src/processes/index.ts";
import { fakeHooks } from "../../src/testing/index.ts";
import { withLongerLimits } from "../longer-limits.ts";

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "harness-hook-"));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

async function ask(
  command: CommandHookOptions["command"],
  options: HookOptions<"beforeToolCall"> &
    Partial<CommandHookOptions> & { readonly args?: JsonObject; readonly signal?: AbortSignal } = {},
): Promise<HookOutcome> {
  const { args = { command: "ls" }, signal = new AbortController().signal, env, ...limits } = options;
  const bus = new HookBus();
  bus.on("beforeToolCall", commandHook("beforeToolCall", env === undefined ? { command } : { command, env }), limits);
  const payload = { sessionId: "s", agent: "main", cwd: folder, labels: NO_LABELS, toolUseId: "t", name: "Bash", args };
  return await bus.run("beforeToolCall", payload, { signal });
}
const say = (answer: unknown): readonly string[] => ["printf", "%s", JSON.stringify(answer)];

describe("commandHook() denies", () => {
  it.each([
    ["exit code 2, with the reason of standard error", "echo not today >&2; exit 2", "not today"],
    ["exit code 1", "exit 1", "exit code 1"],
    ["a program that dies", "kill -9 $$", "SIGKILL"],
    ["JSON that is broken", "echo '{'", "failed"],
    ["a list", "echo '[]'", "no verdict"],
    ["an unknown verdict", `echo '{"type":"maybe"}'`, "unknown form"],
    ["an unknown decision", `echo '{"decision":"perhaps"}'`, "unknown decision"],
    ["an unknown key", `echo '{"verdict":"deny"}'`, "unknown key"],
    ["a denial without a reason", `echo '{"type":"deny"}'`, "reason"],
    ["a flood", "yes '{' | head -c 3000000", "more than is read"],
    ["a modification that is none", `echo '{"type":"modify","args":[1]}'`, "args"],
  ])("%s", async (_name, command, reason) => {
    const outcome = await ask(command);
    expect(outcome.verdict).toBe("deny");
    expect(outcome.reason).toContain(reason);
  });

  it("a program that is not there", async () => {
    expect(await ask(["/nowhere/at/all"])).toMatchObject({ verdict: "deny" });
  });

  it("one that hangs, and kills its whole tree", async () => {
    const pidFile = join(folder, "pid");
    const command = `setsid sh -c 'echo $$ > ${pidFile}; exec sleep 60' & sleep 60`;
    const outcome = await withLongerLimits(
      (timeoutMs) => ask(command, { timeoutMs }),
      () => existsSync(pidFile) && readFileSync(pidFile, "utf8") !== "",
    );
    expect(outcome.verdict).toBe("deny");
    const pid = Number(readFileSync(pidFile, "utf8"));
    await expect.poll(() => readProcess(pid)).toBeUndefined();
  });

  it.each([
    [{ type: "deny", reason: "by verdict" }],
    [{ blocked: true, reason: "by verdict" }],
    [{ decision: "block", reason: "by verdict" }],
    [{ continue: false, stopReason: "by verdict" }],
    [{ hookSpecificOutput: { permissionDecision: "deny", permissionDecisionReason: "by verdict" } }],
  ])("%j", async (answer) => {
    expect(await ask(say(answer))).toMatchObject({ verdict: "deny", reason: "by verdict" });
  });
});

describe("commandHook()", () => {
  it.each([
    ["nothing", "true"],
    ["talk", "echo checking"],
    ["an empty object", "echo '{}'"],
    ["an allowance", `echo '{"decision":"allow"}'`],
    ["a verdict of ours", `echo '{"type":"proceed"}'`],
    ["a program that reads nothing", "exec 0<&-; sleep 0.01"],
  ])("proceeds on %s", async (_name, command) => {
    expect(await ask(command, { args: { command: "x".repeat(300_000) } })).toMatchObject({
      verdict: "proceed",
      failures: [],
    });
  });

  it("asks, modifies and guides", async () => {
    expect(await ask(say({ type: "ask", reason: "look" }))).toMatchObject({ verdict: "ask", reason: "look" });
    expect(await ask(say({ type: "modify", args: { command: "pwd" } }))).toMatchObject({ args: { command: "pwd" } });
    expect(await ask(say({ hookSpecificOutput: { updatedInput: { command: "pwd" } } }))).toMatchObject({
      args: { command: "pwd" },
    });
    expect(await ask(say({ type: "guide", text: "be brief" }))).toMatchObject({ guidance: ["be brief"] });
  });

  it("gets the event as JSON on standard input, and a small environment", async () => {
    process.env["HOOK_TEST_SECRET"] = "of this process";
    try {
      await ask(`cat > in.json; env > env.txt`, {
        args: { command: `'; touch P; $(touch P) {command}` },
        env: { EXTRA: "1" },
      });
    } finally {
      delete process.env["HOOK_TEST_SECRET"];
    }
    expect(JSON.parse(readFileSync(join(folder, "in.json"), "utf8"))).toMatchObject({
      version: 1,
      event: "beforeToolCall",
      name: "Bash",
      args: { command: `'; touch P; $(touch P) {command}` },
      labels: { isTainted: false },
    });
    const env = readFileSync(join(folder, "env.txt"), "utf8");
    expect(env).toContain("HARNESS_TOOL_NAME=Bash");
    expect(env).toContain("EXTRA=1");
    expect(env).not.toContain("HOOK_TEST_SECRET");
    expect(existsSync(join(folder, "P"))).toBe(false);
  });

  it("leaves nothing of its tree behind after it answered", async () => {
    await ask(`sleep 60 & echo $! > pid`);
    const pid = Number(readFileSync(join(folder, "pid"), "utf8"));
    expect(readProcess(pid)).toBeUndefined();
  });

  it("ends with the run", async () => {
    const control = new AbortController();
    const pending = ask("sleep 60", { signal: control.signal });
    control.abort("over");
    await expect(pending).rejects.toBe("over");
  });

  it("that only observes is told of and stops nothing", async () => {
    const bus = new HookBus();
    bus.on("sessionEnd", commandHook("sessionEnd", { command: "exit 2" }));
    // Hooks of the end don't look at the result here.
    const payload = { sessionId: "s", agent: "main", cwd: folder, labels: NO_LABELS, result: {} as never };
    const outcome = await bus.emit("sessionEnd", payload);
    expect(outcome.verdict).toBe("proceed");
    expect(outcome.failures[0]).toContain("only observe");
  });

  it.each([[[]], [""], [[""]], [["a", 1]], ["echo {tool_name}"], [["sh", "-c", "grep {file_path}"]], ["a\0b"]])(
    "refuses the command %j",
    (command) => {
      // As code without types would write it.
      expect(() => commandHook("beforeToolCall", { command: command as string })).toThrow(TypeError);
    },
  );
});

describe("joinHooks()", () => {
  const payload = {
    sessionId: "s",
    agent: "main",
    cwd: "/",
    labels: NO_LABELS,
    toolUseId: "t",
    name: "Bash",
    args: {},
  };
  const { signal } = new AbortController();
  const run = async (first: HookOutcome["verdict"], second: HookOutcome["verdict"]) => {
    const reasoned = (verdict: string, reason: string) =>
      (verdict === "proceed" ? { type: verdict } : { type: verdict, reason }) as never;
    const one = fakeHooks({ beforeToolCall: [reasoned(first, "first")] });
    const other = fakeHooks({ beforeToolCall: [reasoned(second, "second")] });
    return { outcome: await joinHooks(one, other).run("beforeToolCall", payload, { signal }), other };
  };

  it.each([
    ["proceed", "proceed", "proceed", undefined],
    ["ask", "proceed", "ask", "first"],
    ["proceed", "ask", "ask", "second"],
    ["ask", "ask", "ask", "first"],
    ["ask", "deny", "deny", "second"],
    ["proceed", "deny", "deny", "second"],
  ] as const)("joins %s and %s to %s", async (first, second, verdict, reason) => {
    const { outcome } = await run(first, second);
    expect(outcome).toMatchObject(reason === undefined ? { verdict } : { verdict, reason });
  });

  it("does not ask the second after a denial of the first, and shows it what the first modified", async () => {
    expect((await run("deny", "proceed")).other.events).toEqual([]);
    const first = fakeHooks({ beforeToolCall: [{ type: "modify", args: { command: "pwd" } }] });
    const second = fakeHooks();
    const outcome = await joinHooks(first, second).run("beforeToolCall", payload, { signal });
    expect(second.events[0]?.payload).toMatchObject({ args: { command: "pwd" } });
    expect(outcome.args).toEqual({ command: "pwd" });
  });

  it("encloses: the first set begins first and ends last", async () => {
    const order: string[] = [];
    const make = (name: string): HookBus => {
      const bus = new HookBus();
      bus.on("beforeToolCall", () => void order.push(`${name} before`));
      bus.on("sessionEnd", () => void order.push(`${name} end`));
      return bus;
    };
    const joined = joinHooks(make("first"), make("second"));
    await joined.run("beforeToolCall", payload, { signal });
    await joined.run("sessionEnd", { ...payload, result: {} as never }, { signal });
    expect(order).toEqual(["first before", "second before", "second end", "first end"]);
  });
});
