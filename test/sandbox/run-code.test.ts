import { tmpdir } from "node:os";
import { describe, expect, it } from "vitest";

import { run, type ToolResult } from "../../src/index.ts";
import { createSandbox } from "../../src/sandbox/index.ts";
import { scriptedModel } from "../../src/testing/index.ts";

describe("runCode()", () => {
  const open = () => createSandbox({ mode: "wasm", cwd: tmpdir() });

  it.each([
    ["1 + 1", "2", ""],
    ["console.log('a', { b: [1] }, undefined); [1, 'x']", '[1,"x"]', 'a {"b":[1]} undefined\n'],
    ["Promise.resolve(1).then((one) => one + 1)", "2", ""],
    ["(async () => 'waited')()", "waited", ""],
    ["undefined", undefined, ""],
    ["10n ** 30n", "1000000000000000000000000000000", ""],
    ["'grüße 😀'", "grüße 😀", ""],
  ])("gives the value and the output of %j", async (code, value, output) => {
    await using sandbox = await open();
    expect(await sandbox.runCode(code)).toMatchObject({ value, output, error: undefined, timedOut: false });
  });

  it.each([
    ["throw new TypeError('no')", /^TypeError: no/],
    ["throw 5", /Uncaught 5/],
    ["}", /SyntaxError/],
    ["Promise.reject(new Error('later'))", /^Error: later/],
    ["new Promise(() => {})", /never settles/],
    ["(function f() { f() })()", /stack overflow/],
    ["import('node:fs')", /could not load module/],
  ])("gives the error of %j as a result", async (code, error) => {
    await using sandbox = await open();
    const result = await sandbox.runCode(code);
    expect(result.error).toMatch(error);
    expect(result.value).toBeUndefined();
  });

  it("gives code nothing of the host: no process, module, file, network, timer or variable", async () => {
    process.env["HARNESS_TEST_SECRET"] = "sk-1";
    await using sandbox = await open();
    const names = ["process", "require", "module", "fetch", "setTimeout", "WebAssembly", "Deno", "Buffer", "std", "os"];
    const found = await sandbox.runCode(`[${names.map((name) => `typeof ${name}`).join()}]`);
    expect(JSON.parse(found.value ?? "[]")).toEqual(names.map(() => "undefined"));
    const global = await sandbox.runCode("Object.getOwnPropertyNames(globalThis)");
    expect(global.value).not.toMatch(/process|require|fetch|scriptArgs|print|load/);
    const reached = await sandbox.runCode("console.log.constructor('return this.process')() ?? 'nothing'");
    expect(reached.value).toBe("nothing");
    delete process.env["HARNESS_TEST_SECRET"];
    expect(found.isolation).toMatchObject({
      mode: "wasm",
      network: "none",
      filesystem: "confined",
      runtime: "quickjs",
    });
  });

  it("keeps runs apart", async () => {
    await using sandbox = await open();
    await sandbox.runCode("globalThis.left = 1; Array.prototype.map = null");
    expect((await sandbox.runCode("[typeof left, [1].map((x) => x)]")).value).toBe('["undefined",[1]]');
  });

  it.each([
    ["a loop", "for (;;) {}"],
    ["a regular expression without an end", "/(a+)+$/.test('a'.repeat(60) + 'b')"],
    ["one that catches its interruption", "for (;;) { try { for (;;) {} } catch {} }"],
    ["one that allocates", "const all = []; for (;;) try { all.push('x'.repeat(1e6)) } catch {}"],
    ["a long single instruction", "const long = 'x'.repeat(2 ** 16).split(''); for (;;) long.sort(() => 1)"],
  ])("ends %s at the time limit", async (_name, code) => {
    await using sandbox = await open();
    expect(await sandbox.runCode(code, { timeoutMs: 300 })).toMatchObject({ timedOut: true, value: undefined });
  });

  it("bounds output and memory", async () => {
    await using sandbox = await open();
    const flood = await sandbox.runCode("for (let i = 0; i < 1e5; i++) console.log('0123456789'); 'x'.repeat(5000)", {
      maxOutputBytes: 1000,
    });
    expect(flood.truncated).toBe(true);
    expect(flood.output).toHaveLength(1000);
    expect(flood.value).toHaveLength(1000);
    const memory = await sandbox.runCode(
      "const all = []; for (let i = 0; i < 300; i++) all.push(new Uint8Array(1e6)); 1",
    );
    expect(memory.error).toMatch(/memory/);
  });

  it("rejects with the reason of an abort, and what makes no sense", async () => {
    await using sandbox = await open();
    const reason = { mine: true };
    const controller = new AbortController();
    const running = sandbox.runCode("for (;;) {}", { signal: controller.signal });
    setTimeout(() => controller.abort(reason), 100);
    await expect(running).rejects.toBe(reason);
    await expect(sandbox.runCode("1", { signal: AbortSignal.abort(reason) })).rejects.toBe(reason);
    await expect(sandbox.runCode("1", { timeoutMs: 0 })).rejects.toThrow(RangeError);
  });

  it("ends code with its sandbox", async () => {
    const sandbox = await open();
    const ended = sandbox.runCode("for (;;) {}", { timeoutMs: 60_000 }).catch(String);
    await sandbox.runCode("1");
    await sandbox[Symbol.asyncDispose]();
    expect(await ended).toMatch(/closed while the code ran/);
    await expect(sandbox.runCode("1")).rejects.toThrow("The sandbox is closed");
  });

  it("mode wasm runs no commands, as a denial of the sandbox", async () => {
    await using sandbox = await open();
    await expect(sandbox.exec("echo x")).rejects.toMatchObject({ name: "SandboxError", code: "command_blocked" });
  });
});

describe("RunCode", () => {
  it("is offered where it is named, runs in plan mode, and is no way around for commands", async () => {
    const calls = [
      { toolCalls: [{ name: "RunCode", args: { code: "console.log('in'); 6 * 7" } }] },
      { toolCalls: [{ name: "RunCode", args: { code: "throw new Error('broken')" } }] },
      { toolCalls: [{ name: "Bash", args: { command: "echo x" } }] },
      "Done.",
    ];
    const results: ToolResult[] = [];
    const options = {
      model: scriptedModel(calls),
      tools: ["RunCode", "Bash"],
      sandbox: "wasm",
      permissionMode: "bypass",
      audit: false,
      config: false,
      cwd: tmpdir(),
    } as const;
    for await (const message of run("Go", options)) if (message.type === "tool_result") results.push(message);
    expect(results.map(({ outcome }) => outcome)).toEqual(["completed", "failed", "denied"]);
    expect(results[0]?.content).toContain("in\n→ 42");
    expect(results[1]?.content).toContain("broken");
    expect(results[2]?.decision).toMatchObject({ layer: "sandbox" });
  });
});
