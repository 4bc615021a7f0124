import { spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync } from "node:fs";
import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { createServer, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from "vitest";

const MAIN = fileURLToPath(new URL("../../dist/cli/main.js", import.meta.url));

/** What the provider was sent, and how it answers next: words, or never. */
const provider: { requests: string[]; answers: (readonly string[] | "never")[] } = { requests: [], answers: [] };
let server: Server;
let home: string;

beforeAll(async () => {
  server = createServer((request, response) => {
    let body = "";
    request.on("data", (chunk: Buffer) => (body += chunk.toString()));
    request.on("end", () => {
      provider.requests.push(body);
      answer(response, provider.answers.shift() ?? ["Hello ", "there."]);
    });
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
});
afterAll(() => {
  server.closeAllConnections();
  server.close();
});
beforeEach(async () => {
  provider.requests = [];
  provider.answers = [];
  home = await mkdtemp(join(tmpdir(), "harness-cli-"));
  await mkdir(join(home, ".harness"));
  // `listen` on a host and port gives an address of this form.
  const { port } = server.address() as AddressInfo;
  await writeFile(
    join(home, ".harness", "config.toml"),
    `[providers.anthropic]\nbase_url = "http://127.0.0.1:${port}"\n[defaults]\nprovider = "anthropic"\nmodel = "claude-sonnet-5-5"\n`,
  );
});
afterEach(async () => {
  await rm(home, { recursive: true, force: true });
});

function answer(response: ServerResponse, words: readonly string[] | "never"): void {
  response.writeHead(200, { "content-type": "text/event-stream" });
  const send = (event: { readonly type: string; readonly [key: string]: unknown }): void => {
    response.write(`event: ${event.type}\ndata: ${JSON.stringify(event)}\n\n`);
  };
  const usage = { input_tokens: 10, output_tokens: 1 };
  const message = { id: "m", type: "message", role: "assistant", model: "claude-sonnet-5-5", content: [], usage };
  send({ type: "message_start", message });
  send({ type: "content_block_start", index: 0, content_block: { type: "text", text: "" } });
  if (words === "never") return;
  for (const text of words) send({ type: "content_block_delta", index: 0, delta: { type: "text_delta", text } });
  send({ type: "content_block_stop", index: 0 });
  send({ type: "message_delta", delta: { stop_reason: "end_turn" }, usage: { output_tokens: 5 } });
  send({ type: "message_stop" });
  response.end();
}

interface Ended {
  readonly code: number | null;
  readonly out: string;
  readonly err: string;
}

interface Surroundings {
  readonly input?: string;
  /** Given to the process when it has written this to stderr. */
  readonly signalAt?: { readonly text: string; readonly signal: NodeJS.Signals };
  readonly env?: Readonly<Record<string, string>>;
  /** Closes the pipe that stdout goes to before anything is written. */
  readonly isUnread?: boolean;
}

async function harness(args: readonly string[], { input, signalAt, env, isUnread }: Surroundings = {}): Promise<Ended> {
  const child = spawn(process.execPath, [MAIN, ...args], {
    cwd: home,
    env: {
      HOME: home,
      PATH: process.env["PATH"],
      ANTHROPIC_API_KEY: "test",
      OLLAMA_HOST: "http://127.0.0.1:1",
      ...env,
    },
  });
  let out = "";
  let err = "";
  let isSent = false;
  if (isUnread === true) child.stdout.destroy();
  child.stdout.on("data", (chunk: Buffer) => (out += chunk.toString()));
  child.stderr.on("data", (chunk: Buffer) => {
    err += chunk.toString();
    if (signalAt === undefined || isSent || !err.includes(signalAt.text)) return;
    isSent = true;
    child.kill(signalAt.signal);
  });
  child.stdin.end(input ?? "");
  const [code] = (await once(child, "close")) as [number | null];
  return { code, out, err };
}

describe("harness", () => {
  it.each([
    { what: "a command that only prints ends at once", args: ["--help"], expected: 141 },
    { what: "a run is stopped in order", args: ["--json", "Wait"], expected: 130 },
  ])("ends quietly when nobody reads its output: $what", async ({ args, expected }) => {
    provider.answers = ["never"];
    const { code, err } = await harness(args, { isUnread: true });
    expect(err).toBe("");
    expect(code).toBe(expected);
  });

  it("knows the actions of a command and names the nearest", async () => {
    const { code, err } = await harness(["audit", "verfy"]);
    expect(code).toBe(2);
    expect(err).toContain(`Did you mean "verify"`);
  });

  it.each(["audit", "plan", "replay", "policy", "approvals", "sessions", "undo"])(
    "tells what %s takes, wherever --help stands",
    async (command) => {
      const [first, last] = [await harness([command, "--help"]), await harness([command, "list", "-h"])];
      expect([first.code, last.code]).toEqual([0, 0]);
      expect(first.out).toContain(`harness ${command}`);
      expect(last.out).toBe(first.out);
      const bare = await harness([command, "nonsense-action", "more"]);
      for (const [name] of bare.err.matchAll(/(?<=[:,] )[a-z]+(?=[,.])/g)) expect(first.out).toContain(name);
    },
  );

  it.skipIf(!existsSync("/dev/full"))("says so when its output cannot be written, and settles the run", async () => {
    const shell = spawn("/bin/sh", ["-c", '"$0" "$1" hi > /dev/full', process.execPath, MAIN], {
      cwd: home,
      env: { HOME: home, PATH: process.env["PATH"], ANTHROPIC_API_KEY: "test" },
      stdio: ["ignore", "ignore", "pipe"],
    });
    let err = "";
    shell.stderr.on("data", (chunk: Buffer) => (err += chunk.toString()));
    const [code] = (await once(shell, "close")) as [number | null];
    expect(code).toBe(1);
    expect(err).toMatch(/output cannot be written: .*ENOSPC/);
    expect(err).not.toMatch(/\n\s+at /);
    expect((await harness(["audit", "query"])).out).toContain("session_end");
  });

  it("tells of costs where nothing is on record yet", async () => {
    const { code, err } = await harness(["audit", "cost"]);
    expect(code).toBe(1);
    expect(err).toContain("no audit log");
  });

  it("asks the provider at the address of --base-url", async () => {
    const { port } = server.address() as AddressInfo;
    await rm(join(home, ".harness", "config.toml"));
    const args = ["-p", "anthropic", "--base-url", `http://127.0.0.1:${port}`, "hi"];
    expect((await harness(args)).code).toBe(0);
    expect(provider.requests).toHaveLength(1);
  });

  it("takes help for a command, too", async () => {
    expect((await harness(["help"])).out).toContain('Usage: harness [options] "task"');
    expect((await harness(["help", "audit"])).out).toContain("harness audit");
    expect(provider.requests).toHaveLength(0);
  });

  it("takes the name of a command after -- as a task", async () => {
    expect((await harness(["--", "audit"])).code).toBe(0);
    expect(provider.requests).toHaveLength(1);
  });

  it.each([
    [["--permision", "plan", "x"], 'Did you mean "--permission"'],
    [["--max-turns", "1.5", "x"], "a whole number above 0"],
    [["polcy", "lint"], 'Did you mean "policy"'],
    [["-s", "../evil", "x"], "A session id has"],
    [["-p", "antropic", "x"], 'Unknown provider "antropic". Did you mean "anthropic"'],
    [["-m", "nobody-knows", "x"], "nobody-knows"],
    [["--cwd", "/no/such/folder", "x"], "--cwd"],
    [["--base-url", "nowhere", "x"], "baseUrl"],
    [["one", "two"], "put it in quotes"],
    [["--max-turns", "many", "x"], "--max-turns must be a whole number"],
    [["--max-cost", "-1", "x"], "--max-cost"],
    [["--permission", "plann", "x"], 'Did you mean "plan"'],
    [["--trust-level", "read-only", "x"], 'Did you mean "read_only"'],
    [[], "No task"],
  ])("ends %j with exit code 2 and says what is wrong", async (args, message) => {
    const { code, out, err } = await harness(args);
    expect(code).toBe(2);
    expect(err).toContain(message);
    expect(err).not.toMatch(/\n\s+at /);
    expect(out).toBe("");
    expect(provider.requests).toHaveLength(0);
  });

  it("ends a bad configuration with exit code 2, file and line", async () => {
    await writeFile(join(home, ".harness", "config.toml"), "[run]\nmax_turn = 3\n");
    const { code, err } = await harness(["x"]);
    expect(code).toBe(2);
    expect(err).toMatch(/config\.toml:2:1: .*Did you mean "max_turns"/);
  });

  it("says what to do when there is no provider", async () => {
    await rm(join(home, ".harness"), { recursive: true });
    const { code, err } = await harness(["x"], { env: { ANTHROPIC_API_KEY: "" } });
    expect(code).toBe(1);
    expect(err).toContain("ANTHROPIC_API_KEY");
  });

  it("writes the answer to stdout and everything else to stderr", async () => {
    const { code, out, err } = await harness(["Greet me"]);
    expect(out).toBe("Hello there.\n");
    expect(err).toContain("end_turn: 1 turns");
    expect(code).toBe(0);
    expect(provider.requests[0]).toContain("Greet me");
  });

  it("adds what is piped in to the task, and takes it for the task where there is none", async () => {
    await harness(["Sum up"], { input: "a long text" });
    await harness([], { input: "Just this" });
    expect(provider.requests[0]).toContain("Sum up\\n\\na long text");
    expect(provider.requests[1]).toContain("Just this");
  });

  it("prints messages as JSON lines and nothing else with --json", async () => {
    const { out, err } = await harness(["--json", "Greet me"]);
    const messages = out
      .trimEnd()
      .split("\n")
      .map((line) => JSON.parse(line) as { readonly type: string; readonly seq: number });
    expect(messages.map(({ seq }) => seq)).toEqual(messages.map((_message, index) => index));
    expect(messages.at(-1)).toMatchObject({ type: "result", text: "Hello there.", stopReason: "end_turn" });
    expect(err).toBe("");
  });

  it("takes a trust level, which offers no more than it permits", async () => {
    await harness(["x"]);
    await harness(["--trust-level", "read_only", "x"]);
    const offered = provider.requests.map((body) =>
      ["Read", "Write"].filter((name) => body.includes(`"name":"${name}"`)),
    );
    expect(offered).toEqual([["Read", "Write"], ["Read"]]);
  });

  it("goes on with a session", async () => {
    await harness(["-s", "one", "My name is Ada"]);
    await harness(["-s", "one", "What is my name?"]);
    expect(provider.requests[1]).toContain("My name is Ada");
    expect(provider.requests[1]).toContain("Hello there.");
  });

  it("takes provider and model from options and stops at a limit with exit code 3", async () => {
    const { code, err } = await harness(["-p", "anthropic", "-m", "claude-haiku-5-5", "--max-cost", "0.0000001", "x"]);
    expect(err).toContain("anthropic/claude-haiku-5-5");
    expect(err).toContain("budget_exhausted");
    expect(code).toBe(3);
  });

  it.each(["SIGINT", "SIGTERM"] as const)(
    "aborts on %s, tells what was used and ends with exit code 130",
    async (signal) => {
      provider.answers = ["never"];
      const { code, err } = await harness(["Wait"], { signalAt: { text: "session", signal } });
      expect(err).toContain("aborted");
      expect(code).toBe(130);
    },
  );

  it("puts a session aside on SIGTERM, and goes on with it", async () => {
    provider.answers = ["never"];
    const stopped = await harness(["-s", "one", "Wait"], { signalAt: { text: "session", signal: "SIGTERM" } });
    expect(stopped.err).toContain("resume session one");
    expect(stopped.code).toBe(5);
    expect(await harness(["-s", "one"])).toMatchObject({ code: 0, out: "Hello there.\n" });
    expect(provider.requests[1]).toContain("Wait");
  });

  it("tells a broken configuration with exit code 2, with a session and without", async () => {
    await writeFile(join(home, ".harness", "config.toml"), "nonsense = 1\n");
    expect([(await harness(["x"])).code, (await harness(["-s", "one", "x"])).code]).toEqual([2, 2]);
  });

  it("tells its version and its options", async () => {
    const version = await harness(["--version"]);
    expect(version.out).toMatch(/^harness-agent \d+\.\d+\.\d+\n$/);
    const help = await harness(["--help"]);
    expect(help.out).toContain("Exit codes");
    expect([version.code, help.code]).toEqual([0, 0]);
  });
});
