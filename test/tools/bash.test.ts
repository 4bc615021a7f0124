import { spawnSync } from "node:child_process";
import { mkdtempSync, realpathSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";

import { openOutputWindow } from "../../src/tools/output-window.ts";
import { withLongerLimits } from "../longer-limits.ts";
import { openSession, type TestSession } from "./call-tool.ts";

let cwd: string;
let session: TestSession;
beforeEach(async () => {
  cwd = realpathSync(mkdtempSync(join(tmpdir(), "harness-bash-")));
  session = await openSession(cwd);
});
afterEach(() => rmSync(cwd, { recursive: true, force: true }));

/** What is dead and not yet reaped ("Z") counts as dead. */
const isAlive = (pid: number): boolean => {
  const { stdout } = spawnSync("ps", ["-o", "stat=", "-p", String(pid)], { encoding: "utf8" });
  return stdout.trim() !== "" && !stdout.trim().startsWith("Z");
};

describe("Bash", () => {
  it.each([
    ["echo hello", "hello", false],
    ["echo out; echo err >&2", "out\nerr", false],
    ["exit 42", "(no output)\n[exit code 42]", true],
    ["echo before; exit 3", "before\n[exit code 3]", true],
    ["true", "(no output)", false],
    ["kill -9 $$", "(no output)\n[ended by SIGKILL]", true],
  ])("answers %j with %j", async (command, text, isError) => {
    expect(await session.call("Bash", { command })).toMatchObject({ text, isError });
  });

  it("works in the session's directory and cannot be typed to", async () => {
    expect((await session.call("Bash", { command: "pwd" })).text).toBe(cwd);
    expect((await session.call("Bash", { command: "cat" })).text).toBe("(no output)");
  });

  it.each([[{}], [{ command: "" }], [{ command: "  \n" }], [{ command: 3 }], [{ command: "ls", cwd: "/" }]])(
    "refuses %j",
    async (args) => {
      expect((await session.call("Bash", args)).isError).toBe(true);
      expect(session.sandbox.commands).toEqual([]);
    },
  );

  it.each([["not-a-number"], [-5], [0], [null], [1e12]])(
    "runs with the timeout %j as if it were a sensible one",
    async (timeout) => {
      expect(await session.call("Bash", { command: "echo ran", timeout })).toMatchObject({
        text: "ran",
        isError: false,
      });
    },
  );

  it("keeps what was printed when the time is over, also when a child holds the pipe, and leaves nothing alive", async () => {
    const { text, isError } = await withLongerLimits(
      (timeout) => session.call("Bash", { command: "sleep 60 & echo $!; echo partial; sleep 60", timeout }),
      (result) => result.text.includes("partial"),
    );
    expect(isError).toBe(true);
    expect(text).toMatch(/^\d+\npartial\n\[stopped at the time limit of \d+ ms\]$/u);
    await expect.poll(() => isAlive(Number.parseInt(text, 10))).toBe(false);
  });

  it("keeps what was printed when the run is stopped, and the process is dead", async () => {
    const controller = new AbortController();
    const pending = session.call("Bash", { command: "echo $$; sleep 60" }, controller.signal);
    await expect.poll(() => session.emitted.join("")).toMatch(/^\d+\n$/u);
    controller.abort(new DOMException("stop", "AbortError"));
    const { text, isError } = await pending;
    expect([isError, text]).toEqual([true, expect.stringMatching(/^\d+\n\[stopped\]$/u)]);
    await expect.poll(() => isAlive(Number.parseInt(text, 10))).toBe(false);
  });

  it("throws the reason when it is stopped before it printed anything", async () => {
    const reason = new DOMException("stop", "AbortError");
    const controller = new AbortController();
    const pending = session.call("Bash", { command: "sleep 60" }, controller.signal);
    await expect.poll(() => session.sandbox.commands.length).toBe(1);
    controller.abort(reason);
    expect((await pending).text).toBe("stop");
  });

  it("streams output while it runs", async () => {
    const going = session.call("Bash", { command: "printf one; until [ -e go ]; do sleep 0.05; done; printf two" });
    await expect.poll(() => session.emitted).toEqual(["one"]);
    writeFileSync(join(cwd, "go"), "");
    await going;
    expect(session.emitted).toEqual(["one", "two"]);
  });

  it("keeps head and tail of much output and bounds what is streamed", async () => {
    const { text } = await session.call("Bash", { command: "echo first; seq 1 200000; echo last" });
    expect(text.length).toBeLessThan(30_200);
    expect(text).toMatch(/^first\n1\n2\n/u);
    expect(text).toMatch(/199999\n200000\nlast$/u);
    expect(text).toMatch(/\[… \d{7} characters left out …\]/u);
    expect(session.emitted.join("").length).toBe(200_000);
  });
});

describe("openOutputWindow()", () => {
  it("gives exactly what was pushed up to its size, in whatever pieces", () => {
    for (const size of [1, 7, 99, 100]) {
      const window = openOutputWindow(100);
      const whole = Array.from({ length: 100 }, (_, index) => String.fromCharCode(97 + (index % 26))).join("");
      for (let at = 0; at < whole.length; at += size) window.push(whole.slice(at, at + size));
      expect(window.text()).toBe(whole);
    }
  });

  it("says how much is missing, whatever the pieces", () => {
    for (const size of [1, 3, 50, 51, 1000]) {
      const window = openOutputWindow(100);
      const whole = "h".repeat(50) + "m".repeat(900) + "t".repeat(50);
      for (let at = 0; at < whole.length; at += size) window.push(whole.slice(at, at + size));
      expect(window.text()).toBe(`${"h".repeat(50)}\n\n[… 900 characters left out …]\n\n${"t".repeat(50)}`);
    }
  });

  it("never splits a character", () => {
    const window = openOutputWindow(10);
    window.push("😀".repeat(20));
    expect(window.text().isWellFormed()).toBe(true);
  });
});
