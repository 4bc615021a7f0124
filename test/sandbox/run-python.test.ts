import { execFile, spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync } from "node:fs";
import { cp, mkdir, mkdtemp, readdir, realpath, rm, symlink, writeFile } from "node:fs/promises";
import { createServer, type Server } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { afterAll, beforeAll, describe, expect, it } from "vitest";

import { findPeer } from "../../src/errors/index.ts";
import { run, type ToolResult } from "../../src/index.ts";
import { createSandbox, type OpenedSandbox } from "../../src/sandbox/index.ts";
import { openOsSandbox } from "../../src/sandbox/os/open-os-sandbox.ts";
import { programPaths } from "../../src/sandbox/os/read-paths.ts";
import { openPythonProcesses } from "../../src/sandbox/python/python-process.ts";
import { createRunCodeTool } from "../../src/tools/index.ts";
import { scriptedModel } from "../../src/testing/index.ts";
import { withLongerLimits } from "../longer-limits.ts";
import { runsSources } from "../runs-sources.ts";

const execFileAsync = promisify(execFile);
const root = fileURLToPath(new URL("../..", import.meta.url));
const pyodide = findPeer("pyodide") ?? "";
/** A start is half a second, and twenty on a machine that has much else to do. */
const PATIENCE_MS = 180_000;
const isThere = existsSync("/usr/bin/bwrap") && existsSync("/usr/bin/socat");
const isSkipped = !isThere && process.env["HARNESS_REQUIRE_SERVICES"] !== "1";

describe.skipIf(isSkipped)(
  "runCode() in Python (skipped without bubblewrap and socat)",
  { timeout: PATIENCE_MS },
  () => {
    let sandbox: OpenedSandbox;
    beforeAll(async () => {
      sandbox = await createSandbox({ mode: "wasm", cwd: tmpdir() });
    }, PATIENCE_MS);
    afterAll(() => sandbox[Symbol.asyncDispose]());
    const python = (code: string, options = {}) => sandbox.runCode(code, { language: "python", ...options });

    it.each([
      ["1 + 1", "2", ""],
      ["print('a', [1]); {'b': (1, None)}", '{"b": [1, null]}', "a [1]\n"],
      ["import sys; print('no', file=sys.stderr); None", undefined, "no\n"],
      ["import asyncio\nawait asyncio.sleep(0.01)\n'waited'", "waited", ""],
      ["10 ** 30", "1000000000000000000000000000000", ""],
      ["'grüße 😀'", "grüße 😀", ""],
      ["{1}", "{1}", ""],
      ["float('nan')", "nan", ""],
      ["if __name__ == '__main__': print('main')", undefined, "main\n"],
      ["import decimal, statistics; str(decimal.Decimal('0.1') * 3)", "0.3", ""],
      ["import sys; print('kept'); sys.exit()", undefined, "kept\n"],
    ])("gives the value and the output of %j", async (code, value, output) => {
      expect(await python(code)).toMatchObject({ value, output, error: undefined, timedOut: false, truncated: false });
    });

    it.each([
      ["1 / 0", /^Traceback[^]*"code\.py", line 1[^]*ZeroDivisionError: division by zero$/],
      ["x = (", /SyntaxError/],
      ["def f(): f()\nf()", /RecursionError/],
      ["import sys; sys.exit(3)", /SystemExit: 3/],
      ["input()", /EOFError/],
      ["import numpy", /ModuleNotFoundError/],
      ["import os; os._exit(4)", /ended without a result/],
      ["import os; os.abort()", /ended without a result/],
    ])("gives the error of %j as a result", async (code, error) => {
      const result = await python(code);
      expect(result.error).toMatch(error);
      expect(result.value).toBeUndefined();
    });

    it("keeps runs apart, also what they draw at random", async () => {
      await python("import builtins, json; builtins.left = 1; json.dumps = None; open('/tmp/left', 'w').write('x')");
      expect((await python("import os; [os.path.exists('/tmp/left'), 'left' in dir(__builtins__)]")).value).toBe(
        "[false, false]",
      );
      const draw = "import random, secrets, uuid; [random.random(), secrets.token_hex(), str(uuid.uuid4())]";
      const [one, two] = await Promise.all([python(draw), python(draw)]);
      const drawn = [one, two].map(({ value }) => JSON.parse(value ?? "[]") as readonly unknown[]);
      expect(new Set(drawn.flat()).size).toBe(6);
    });

    it.each([
      ["a loop", "while True: pass"],
      ["one that catches everything", "while True:\n  try:\n    while True: pass\n  except BaseException: pass"],
      ["one long instruction", "print('before', flush=True)\n2 ** (2 ** 40)"],
      ["a wait", "import asyncio; await asyncio.sleep(60)"],
    ])("ends %s at the time limit", async (_name, code) => {
      expect(await python(code, { timeoutMs: 500 })).toMatchObject({ timedOut: true, value: undefined });
    });

    it("keeps what was printed before the time was over", async () => {
      const result = await withLongerLimits(
        (timeoutMs) => python("print('before')\nwhile True: pass", { timeoutMs }),
        ({ output }) => output !== "",
      );
      expect(result).toMatchObject({ timedOut: true, output: "before\n" });
    });

    it("bounds output and memory", async () => {
      const flood = await python("for i in range(100_000): print('0123456789')\n'x' * 5000", { maxOutputBytes: 1000 });
      expect(flood).toMatchObject({ truncated: true, error: undefined });
      expect(flood.output).toHaveLength(1000);
      expect(flood.value).toHaveLength(1000);
      expect((await python("bytearray(100_000_000); 1", { memoryMb: 32 })).error).toMatch(/MemoryError/);
      expect((await python("len(bytearray(100_000_000))", { memoryMb: 128 })).value).toBe("100000000");
    });

    it("rejects with the reason of an abort, and what makes no sense", async () => {
      const reason = { mine: true };
      const controller = new AbortController();
      const running = python("while True: pass", { signal: controller.signal });
      setTimeout(() => controller.abort(reason), 700);
      await expect(running).rejects.toBe(reason);
      await expect(python("1", { signal: AbortSignal.abort(reason) })).rejects.toBe(reason);
      await expect(python("1", { timeoutMs: 0 })).rejects.toThrow(RangeError);
      await expect(python("1", { language: "pyton" })).rejects.toThrow(/Unknown language "pyton".*"python"/);
    });

    it("says what holds it", async () => {
      const { isolation } = await python("1");
      expect(isolation).toMatchObject({
        mode: "wasm",
        filesystem: "confined",
        network: "none",
        environment: "scrubbed",
      });
      expect(isolation.limits).toEqual(expect.arrayContaining(["time", "output"]));
      expect(isolation.protections).toEqual(expect.arrayContaining(["own-process", "node-permissions"]));
    });

    it("goes on after a reset, with nothing of before", async () => {
      await using own = await createSandbox({ mode: "process", cwd: tmpdir() });
      expect((await own.runCode("1", { language: "python" })).value).toBe("1");
      await own.reset();
      expect((await own.runCode("2", { language: "python" })).value).toBe("2");
    });

    it("leaves no process and no folder behind, also when it is closed in the middle", async () => {
      const before = await foldersOf("python");
      const own = await createSandbox({ mode: "process", cwd: tmpdir() });
      const running = own.runCode("while True: pass", { language: "python", timeoutMs: 60_000 });
      const ended = running.then(
        () => "a result",
        () => "an error",
      );
      await own.runCode("1", { language: "python" });
      await own[Symbol.asyncDispose]();
      expect(await ended).toBe("an error");
      await expect(own.runCode("1", { language: "python" })).rejects.toMatchObject({ name: "SandboxError" });
      await expect(own.runCode("1")).rejects.toMatchObject({ name: "SandboxError" });
      expect(await foldersOf("python")).toEqual(before);
    });
  },
);

/** Each tries to get out by a way of its own, and says "escaped" or fails. */
const ATTEMPTS: readonly (readonly [string, string])[] = [
  ["js.process", "import js; js.process.env; 'escaped'"],
  ["js.globalThis", "import js; js.globalThis.process; 'escaped'"],
  ["js.require", "import js; js.require('fs'); 'escaped'"],
  ["js.fetch", "import js; await js.fetch('http://127.0.0.1:PORT/'); 'escaped'"],
  ["js.eval", "import js; js.eval('process.pid'); 'escaped'"],
  ["js.Function", "import js; js.Object.constructor('return process')(); 'escaped'"],
  ["constructor of a constructor", "import js; js.Array.constructor.constructor('return process.env')(); 'escaped'"],
  ["run_js", "from pyodide.code import run_js; run_js('process.env'); 'escaped'"],
  [
    "timers of text",
    "import js; js.setTimeout('process.exit(9)', 0); import asyncio; await asyncio.sleep(0.1); 'escaped'",
  ],
  ["to_js and back", "from pyodide.ffi import to_js; to_js([]).constructor.constructor('return process')(); 'escaped'"],
  [
    "the interpreter's own file system",
    "import pyodide_js; m = pyodide_js.FS; m.mkdir('/host'); m.mount(m.filesystems.NODEFS, __import__('pyodide').ffi.to_js({'root': '/'}, dict_converter=__import__('js').Object.fromEntries), '/host'); import os; assert 'etc' in os.listdir('/host'); open('/host/etc/hostname').read(); 'escaped'",
  ],
  [
    "mountNodeFS",
    "import pyodide_js; pyodide_js.mountNodeFS('/host', '/'); open('/host/etc/hostname').read(); 'escaped'",
  ],
  ["a file of the host", "open('/etc/hostname').read(); 'escaped'"],
  ["os.environ", "import os; os.environ['HARNESS_TEST_SECRET']; 'escaped'"],
  ["os.system", "import os; assert os.system('true') == 0; 'escaped'"],
  ["os.fork", "import os; os.fork(); 'escaped'"],
  ["os.execv", "import os; os.execv('/bin/sh', ['sh']); 'escaped'"],
  ["subprocess", "import subprocess; subprocess.run(['true'], check=True); 'escaped'"],
  ["multiprocessing", "import multiprocessing as m; p = m.Process(target=print); p.start(); 'escaped'"],
  ["threads", "import threading; threading.Thread(target=print).start(); 'escaped'"],
  ["socket", "import socket; socket.create_connection(('127.0.0.1', PORT), 2); 'escaped'"],
  ["a Unix socket", "import socket; socket.socket(socket.AF_UNIX).connect('SOCKET'); 'escaped'"],
  ["urllib", "import urllib.request; urllib.request.urlopen('http://127.0.0.1:PORT/'); 'escaped'"],
  ["pyfetch", "from pyodide.http import pyfetch; await pyfetch('http://127.0.0.1:PORT/'); 'escaped'"],
  ["micropip", "import micropip; await micropip.install('six'); 'escaped'"],
  ["loadPackage", "import pyodide_js; await pyodide_js.loadPackage('micropip'); import micropip; 'escaped'"],
  ["ctypes: system()", "import ctypes; assert ctypes.CDLL(None).system(b'true') == 0; 'escaped'"],
  ["ctypes: a library", "import ctypes; ctypes.CDLL('/lib/x86_64-linux-gnu/libc.so.6'); 'escaped'"],
];

/** What hostile JavaScript does in the process itself, should Python ever get that far: one word for each that works. */
const HOSTILE = `(async () => {
  const job = JSON.parse(process.getBuiltinModule("node:fs").readFileSync(0, "utf8")).code;
  const { secret, outside, socket, port, ppid, interpreter } = JSON.parse(job);
  const load = (name) => process.getBuiltinModule("node:" + name);
  const found = [];
  const attempt = async (name, work) => {
    try { if (await Promise.race([work(), new Promise((done) => setTimeout(done, 1500, false))])) found.push(name); } catch {}
  };
  const fs = load("fs");
  const connect = (to) => new Promise((done) => load("net").connect(to).on("connect", () => done(true)).on("error", () => done(false)));
  await attempt("read", () => fs.readFileSync(secret, "utf8") !== "");
  await attempt("list", () => fs.readdirSync(load("path").dirname(secret)).includes("secret"));
  await attempt("read through root", () => fs.readFileSync("/proc/self/root" + secret, "utf8") !== "");
  await attempt("environment of the parent", () => fs.readFileSync("/proc/" + ppid + "/environ", "utf8") !== "");
  await attempt("variable", () => "HARNESS_TEST_SECRET" in process.env);
  await attempt("passwords", () => fs.readFileSync("/etc/passwd", "utf8") !== "");
  await attempt("write", () => { fs.writeFileSync(outside, "x"); return false; });
  await attempt("write the interpreter", () => { fs.appendFileSync(interpreter, ""); return true; });
  await attempt("port", () => connect({ host: "127.0.0.1", port }));
  await attempt("fetch", async () => (await fetch("http://127.0.0.1:" + port)).status > 0);
  await attempt("unix socket", () => connect(socket));
  await attempt("abstract socket", () => connect("\\0harness-python-test"));
  await attempt("name", async () => (await load("dns").promises.resolve4("example.com")).length > 0);
  await attempt("signal", () => process.kill(ppid, 0));
  await attempt("program outside", () => load("child_process").spawnSync("/bin/sh", ["-c", "cat " + secret]).status === 0);
  if (WITH_PERMISSIONS) {
    await attempt("program", () => load("child_process").spawnSync("/bin/true").status === 0);
    await attempt("thread", () => new Promise((done) => new (load("worker_threads").Worker)("", { eval: true }).on("online", () => done(true)).on("error", () => done(false))));
    await attempt("addon", () => {
      try { process.dlopen({ exports: {} }, "/nowhere"); } catch (error) { return error.message.includes("/nowhere"); }
    });
    await attempt("write the workspace", () => { fs.writeFileSync("left", "x"); return true; });
    await attempt("eval", () => Function("return 1")() === 1);
    await attempt("old bindings", () => process.binding("fs") !== undefined);
  }
  fs.writeSync(1, JSON.stringify(found));
  process.exit(0);
})()`;

describe.skipIf(isSkipped)(
  "Python cannot get out (skipped without bubblewrap and socat)",
  { timeout: PATIENCE_MS },
  () => {
    const secret = "harness-secret-of-the-host";
    let folder: string;
    let sandbox: OpenedSandbox;
    let servers: readonly Server[];
    let port: number;
    beforeAll(async () => {
      process.env["HARNESS_TEST_SECRET"] = secret;
      folder = await realpath(await mkdtemp(join(tmpdir(), "harness-python-test-")));
      await writeFile(join(folder, "secret"), secret);
      const places = [{ host: "127.0.0.1", port: 0 }, join(folder, "socket"), "\0harness-python-test"];
      servers = await Promise.all(places.map((place) => listen(place)));
      const address = servers[0]?.address();
      port = typeof address === "object" && address !== null ? address.port : 0;
      sandbox = await createSandbox({ mode: "wasm", cwd: tmpdir() });
    });
    afterAll(async () => {
      delete process.env["HARNESS_TEST_SECRET"];
      await sandbox[Symbol.asyncDispose]();
      for (const server of servers) {
        server.closeAllConnections();
        server.close();
      }
      await rm(folder, { recursive: true, force: true });
    });
    const goal = () => ({
      secret: join(folder, "secret"),
      outside: join(folder, "written"),
      socket: join(folder, "socket"),
      port,
      ppid: process.pid,
      interpreter: join(pyodide, "pyodide.js"),
    });

    it.each(ATTEMPTS)("by %s", async (_name, code) => {
      const text = code.replaceAll("PORT", String(port)).replaceAll("SOCKET", join(folder, "socket"));
      const result = await sandbox.runCode(text, { language: "python", timeoutMs: 5000 });
      expect(result.value).toBeUndefined();
      expect(JSON.stringify(result)).not.toContain(secret);
      expect(result.timedOut).toBe(false);
    });

    it("by JavaScript in its process: system and permissions of Node hold", async () => {
      const own = await makePlaces(folder);
      const program = HOSTILE.replaceAll("WITH_PERMISSIONS", "true");
      await using processes = await openPythonProcesses({ pyodide, ...own }, program);
      const job = { folder: pyodide, image: "", code: JSON.stringify(goal()), runner: "", memoryMb: 64, maxBytes: 0 };
      const result = await processes.start(job, {}, { timeoutMs: 60_000 });
      expect(result.stderr).toBe("");
      expect(JSON.parse(result.stdout)).toEqual([]);
      expect(existsSync(join(folder, "written"))).toBe(false);
    });

    it("by JavaScript in its process without the permissions of Node: the system holds alone", async () => {
      const own = await makePlaces(folder);
      const readable = [...programPaths(), process.execPath, pyodide, own.kept];
      const options = { mode: "os", cwd: own.cwd, hostEnv: {}, limits: { memoryMb: 4096 } } as const;
      await using system = await openOsSandbox(options, { readable });
      const program = HOSTILE.replaceAll("WITH_PERMISSIONS", "false");
      const job = { code: JSON.stringify(goal()) };
      const result = await system.exec([process.execPath, "--eval", program], { stdin: JSON.stringify(job) });
      expect(JSON.parse(result.stdout)).toEqual([]);
      expect(existsSync(join(folder, "written"))).toBe(false);
    });

    it("by JavaScript on the bare host: the same program finds every way", async () => {
      const program = HOSTILE.replaceAll("WITH_PERMISSIONS", "true");
      const child = spawn(process.execPath, ["--eval", program], { cwd: folder, stdio: ["pipe", "pipe", "inherit"] });
      child.stdin.end(JSON.stringify({ code: JSON.stringify(goal()) }));
      let output = "";
      child.stdout.on("data", (text: Buffer) => (output += text.toString()));
      await once(child, "close");
      expect(JSON.parse(output)).toEqual(
        expect.arrayContaining([
          "read",
          "list",
          "port",
          "unix socket",
          "signal",
          "variable",
          "program",
          "thread",
          "addon",
          "fetch",
          "eval",
        ]),
      );
    });
  },
);

describe.skipIf(isSkipped)("RunCode in Python (skipped without bubblewrap and socat)", { timeout: PATIENCE_MS }, () => {
  it("is offered to the model where the package is there, and runs", async () => {
    const { inputSchema, description } = createRunCodeTool();
    expect(JSON.stringify(inputSchema)).toContain('"python"');
    expect(description).toMatch(/Python/);
    const calls = [
      { toolCalls: [{ name: "RunCode", args: { code: "print('in'); 6 * 7", language: "python" } }] },
      { toolCalls: [{ name: "RunCode", args: { code: "6 * 7", language: "perl" } }] },
      "Done.",
    ];
    const results: ToolResult[] = [];
    const options = {
      model: scriptedModel(calls),
      tools: ["RunCode"],
      audit: false,
      config: false,
      cwd: tmpdir(),
    } as const;
    for await (const message of run("Go", options)) if (message.type === "tool_result") results.push(message);
    expect(results.map(({ outcome }) => outcome)).toEqual(["completed", "failed"]);
    expect(results[0]?.content).toContain("in\n→ 42");
    expect(results[0]?.isolation.mode).toBe("process");
    expect(results[0]?.display).toMatchObject({ isolation: { mode: "wasm", runtime: "bubblewrap", network: "none" } });
  });

  it.skipIf(!runsSources)(
    "says how to install what is missing, and offers no Python then (not on Node 22, which has no `using`)",
    async () => {
      const text = await runWithout("pyodide");
      expect(text).toContain('"offered":false');
      expect(text).toContain("npm install pyodide");
      expect(text).toContain('"code":"package_missing"');
    },
  );

  it.skipIf(!runsSources)(
    "refuses where the system cannot confine it (not on Node 22, which has no `using`)",
    async () => {
      const text = await runWithout("@anthropic-ai/sandbox-runtime");
      expect(text).toContain('"offered":true');
      expect(text).toContain("npm install @anthropic-ai/sandbox-runtime");
    },
  );
});

async function listen(place: string | { readonly host: string; readonly port: number }): Promise<Server> {
  const server = createServer((_request, response) => response.end("reached"));
  await new Promise<void>((resolve) => server.listen(place, resolve));
  return server;
}

async function makePlaces(folder: string): Promise<{ readonly cwd: string; readonly kept: string }> {
  return { cwd: await mkdtemp(join(folder, "work-")), kept: await mkdtemp(join(folder, "kept-")) };
}

async function foldersOf(kind: string): Promise<readonly string[]> {
  return (await readdir(tmpdir())).filter((name) => name.startsWith(`harness-${kind}-${process.pid}-`));
}

/** What a program prints that finds every package but one. */
async function runWithout(name: string): Promise<string> {
  const folder = await realpath(await mkdtemp(join(tmpdir(), "harness-without-")));
  try {
    await cp(join(root, "src"), join(folder, "src"), { recursive: true });
    await writeFile(join(folder, "package.json"), JSON.stringify({ type: "module" }));
    await linkPackages(join(folder, "node_modules"), name);
    await writeFile(join(folder, "program.ts"), WITHOUT);
    const { stdout } = await execFileAsync(process.execPath, [join(folder, "program.ts")], { timeout: 200_000 });
    return stdout;
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

const WITHOUT = `
import { createSandbox } from "./src/sandbox/index.ts";
import { createRunCodeTool } from "./src/tools/index.ts";
await using sandbox = await createSandbox({ mode: "wasm", cwd: import.meta.dirname });
const offered = JSON.stringify(createRunCodeTool().inputSchema).includes("python");
const { code, message } = await sandbox.runCode("1", { language: "python" }).catch((error) => error);
console.log(JSON.stringify({ offered, code, message, value: (await sandbox.runCode("1 + 1")).value }));
`;

async function linkPackages(target: string, without: string): Promise<void> {
  const source = join(root, "node_modules");
  await mkdir(target);
  for (const entry of await readdir(source)) {
    const isScope = entry.startsWith("@");
    if (isScope) await mkdir(join(target, entry));
    const names = isScope ? (await readdir(join(source, entry))).map((name) => `${entry}/${name}`) : [entry];
    for (const name of names) if (name !== without) await symlink(join(source, name), join(target, name));
  }
}
