import { execFileSync } from "node:child_process";
import { existsSync } from "node:fs";
import { chmod, mkdir, readFile, rm, symlink, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { describe, expect, it } from "vitest";

import { SETTINGS } from "../../src/config/settings-table.ts";
import { openWorkspace } from "./workspace.ts";

const SEED = fileURLToPath(new URL("../../../shared/fixtures/seed/config.toml", import.meta.url));
const isSkipped = !existsSync(SEED) && process.env["HARNESS_REQUIRE_SERVICES"] !== "1";

describe("loadConfig()", () => {
  it.each([
    ["[permision]\nmode = 'plan'", 1, 2, 'Did you mean "permissions"?'],
    ["[permissions]\n\n  mod = 'plan'", 3, 3, 'Unknown key "mod" in [permissions]. Did you mean "mode"?'],
    ["[permissions]\nMode = 'plan'", 2, 1, 'Did you mean "mode"?'],
    ["max_turns = 3", 1, 1, "It belongs to [run]."],
    ["[typo]", 1, 2, 'Unknown section or key "typo"'],
    ["[run]\nmax_turns = 0", 2, 1, "must be a whole number from 1 on, not 0"],
    ["[run]\nmax_turns = 1.5", 2, 1, "must be a whole number"],
    ["[run]\nmax_turns = '3'", 2, 1, "must be a whole number"],
    ["[run]\nmax_turns = 99999999999999999999", 2, 1, "must be a whole number"],
    ["[router]\nmax_cost_per_session = -1", 2, 1, "must be a number above 0, not -1"],
    ["[router]\nmax_cost_per_session = nan", 2, 1, "must be a number above 0"],
    ["[router]\nmax_cost_per_session = inf", 2, 1, "must be a number above 0"],
    ["[router]\nstrategy = 'cheapest'", 2, 1, 'must be one of "manual", "cost_optimized"'],
    ["[permissions]\nmode = 'acceptEdits'", 2, 1, 'Did you mean "accept_edits"?'],
    ["[permissions]\ndeny = 'Bash'", 2, 1, "must be a list of texts"],
    ["[permissions]\ndeny = [1]", 2, 1, "must be a text"],
    ["[permissions]\ndeny = [{ a = 1 }]", 2, 1, "must be a text"],
    ["[audit]\nenabled = 'no'", 2, 1, 'must be true or false, not "no"'],
    ["[audit]\ndir = ''", 2, 1, "must be a text that is not empty"],
    ["[run]\nsystem_prompt = 2020-01-01", 2, 1, "must be a text"],
    ["[providers.openai]\nbase_url = 'file:///etc'", 2, 1, "must be an address"],
    ["[providers.openai]\napikey = 'sk-1'", 2, 1, 'Did you mean "api_key"?'],
    ["[providers]\nopenai = 'sk-1'", 2, 1, "must be a table"],
    ["[providers.__proto__]\nmodel = 'x'", 1, 2, "is no name of a provider"],
    ["[providers.antropic]\napi_key = 'x'", 1, 2, 'Did you mean "anthropic"'],
    ["[permissions]\n\ndeny = ['Bash', 'Bash(']", 3, 1, 'not "Bash("'],
    [
      "[constraints]\n\ndomains = ['finance', 'helthcare']",
      3,
      1,
      'no domain of constraints "helthcare". Did you mean "healthcare"?',
    ],
    ["[constraints]\ndomains = 'finance'", 2, 1, "must be a list"],
    ["[tools]\nenabled = ['Read', 'Grpe']", 2, 1, 'no built-in tool "Grpe". Did you mean "Grep"?'],
    ["[sandbox]\nallowed_domains = ['example.com', 'http://x']", 2, 1, '"http://x" is not a host'],
    ["[hooks.guard]\nevent = 'sessionStart'\ncommand = ['x', '{tool_name}']", 3, 1, "holds the placeholder"],
    ["[tools]\n\nprotected_paths = ['secrets', '../x']", 3, 1, '"../x" would protect nothing'],
    ["[tools]\nprotected_paths = ['~other/x']", 2, 1, '"~other/x" would protect nothing'],
    ["[defaults]\nprovider = 'antropic'", 2, 1, 'Did you mean "anthropic"?'],
    ["[sandbox]\n\nblocked_commands = ['curl', '$X y']", 3, 1, "must be a program with arguments"],
    ["[context]\nkeep = 0.9", 2, 1, "keep must be below threshold"],
    ["[context]\nkeep = 0.5\nthreshold = 0.5", 2, 1, "keep must be below threshold"],
    ["[context]\n\nthreshold = 0.2", 3, 1, "keep must be below threshold"],
    ["[hooks.guard]\norder = 'x'", 2, 1, "must be a number"],
    ["[hooks.guard]\ncommand = ['./check']", 2, 1, "[hooks.guard] needs event and command"],
    ["[hooks.guard]\n\nevent = 'beforeToolCall'", 3, 1, "[hooks.guard] needs event and command"],
    ["[hooks.guard]\nmatcher = ['Bash']\norder = 1", 2, 1, "[hooks.guard] needs event and command"],
    ["[run]\nmax_turns = 1\n[hooks.guard]", 3, 2, "[hooks.guard] needs event and command"],
    ["hooks.guard = {}", 1, 1, "[hooks.guard] needs event and command"],
    ["[hooks.guard]\nevent = 'beforeToolcal'\ncommand = ['x']", 2, 1, 'Did you mean "beforeToolCall"?'],
    ["[hooks.guard]\nevent = 'pre_tool'\ncommand = ['x']", 2, 1, 'Did you mean "pre_tool_use"?'],
    [
      "[hooks.guard]\nevent = 'pre_tool_use'\ncommand = ['x']\ntimeout_ms = 999999999999",
      4,
      1,
      "timeoutMs must be above 0",
    ],
    ["[hooks.guard]\nevent = 'pre_tool_use'\ncommand = []", 3, 1, "arguments, that is not empty"],
    ["[models.'a/b']\n\ninput = 1", 3, 1, "needs both input and output"],
    ["[models.'a/b']\ncontext_window = 9\noutput = 1", 3, 1, "needs both input and output"],
    ["[router.strategy]\nx = 1", 1, 2, "is not a table"],
    ["router = 1", 1, 1, "must be a table"],
    ["[[router]]\nstrategy = 'manual'", 1, 3, "[router]"],
    ["[__proto__]\nx = 1", 1, 2, "Unknown section"],
    ["[router]\nconstructor = 1", 2, 1, "Unknown key"],
    ["[constructor]\nx = 1", 1, 2, "Unknown section"],
    ["[run]\n__proto__ = { max_turns = 1 }", 2, 1, "Unknown key"],
    ["[run.__proto__]\nmax_turns = 1", 1, 2, "Unknown key"],
    ["__proto__ = { x = 1 }", 1, 1, "Unknown section"],
    ["[providers.openai]\n__proto__ = 1", 2, 1, "Unknown key"],
    ["providers.__proto__.model = 'x'", 1, 1, "is no name of a provider"],
    ["[providers]\n__proto__ = { model = 'x' }", 2, 1, "is no name of a provider"],
    ["[run]\nmax_turns = 1\nmax_turns = 2", 3, 1, "multiple times"],
    ["[run\nmax_turns = 1", 2, undefined, "No TOML"],
    ["[run]\nmax_turns = ", 2, undefined, "No TOML"],
  ])("refuses %j", async (text, line, column, message) => {
    await using workspace = await openWorkspace();
    const file = await workspace.project(text);
    const error: unknown = await workspace.load({ trustProject: true }).catch((thrown: unknown) => thrown);
    expect(error).toMatchObject({ name: "ConfigError", code: "config_invalid", file, line });
    expect(error).toHaveProperty("message", expect.stringContaining(`${file}:${line}`));
    expect(error).toHaveProperty("message", expect.stringContaining(message));
    if (column !== undefined) expect(error).toHaveProperty("column", column);
    expect(String(error)).not.toContain("sk-1");
  });

  it("refuses a bad project file also where nothing of it would count", async () => {
    await using workspace = await openWorkspace();
    await workspace.project("[permissions]\nalow = ['Bash']");
    await expect(workspace.load()).rejects.toMatchObject({ code: "config_invalid", line: 2 });
  });

  it("refuses a file that cannot be read, is too large or nests without end, and one that was named and is not there", async () => {
    await using workspace = await openWorkspace();
    await mkdir(join(workspace.home, ".harness", "config.toml"), { recursive: true });
    await expect(workspace.load()).rejects.toMatchObject({ code: "config_invalid" });
    const large = await workspace.write("large.toml", `# ${"x".repeat(2 ** 20)}`);
    await expect(workspace.load({ path: large })).rejects.toThrow(/larger than/);
    const deep = await workspace.write("deep.toml", `[permissions]\ndeny = ${"[".repeat(50_000)}`);
    await expect(workspace.load({ path: deep })).rejects.toMatchObject({ code: "config_invalid" });
    await expect(workspace.load({ path: "nowhere.toml" })).rejects.toThrow(/nowhere\.toml: .*not there/);
  });

  it("refuses a link in a circle, a pipe and a device in the project instead of passing over them or waiting", async () => {
    await using workspace = await openWorkspace();
    const file = await workspace.project("");
    await rm(file);
    await symlink(file, file);
    await expect(workspace.load()).rejects.toMatchObject({ code: "config_invalid", file });
    await rm(file);
    await symlink("/dev/zero", file);
    await expect(workspace.load()).rejects.toThrow(/no regular file/);
    await rm(file);
    execFileSync("mkfifo", [file]);
    await expect(workspace.load()).rejects.toThrow(/no regular file/);
  });

  it("refuses a link to nothing, and bytes that are no UTF-8: what they forbid would not be forbidden", async () => {
    await using workspace = await openWorkspace();
    const file = await workspace.project("");
    await writeFile(file, Buffer.from("[permissions]\ndeny = ['Read(/caf\xe9/*)']\n", "latin1"));
    await expect(workspace.load()).rejects.toThrow(/not UTF-8/);
    await writeFile(file, '[tools]\nprotected_paths = ["a\\u0000b"]\n');
    await expect(workspace.load()).rejects.toThrow(/without NUL/);
    await writeFile(file, "\uFEFF[run]\nmax_turns = 3\n");
    expect((await workspace.load()).config.run.maxTurns).toBe(3);
    await rm(file);
    await symlink("/nowhere/config.toml", file);
    await expect(workspace.load()).rejects.toMatchObject({ code: "config_invalid", file });
    await rm(dirname(file), { recursive: true });
    await symlink("/nowhere", dirname(file));
    await expect(workspace.load()).rejects.toThrow(/link to nothing/);
  });

  it.skipIf(process.getuid?.() === 0)(
    "refuses a project's file that it may not read (skipped for root, who may)",
    async () => {
      await using workspace = await openWorkspace();
      const file = await workspace.project("[permissions]\ndeny = ['Bash']");
      await chmod(file, 0);
      await expect(workspace.load()).rejects.toMatchObject({ code: "config_invalid", file });
      await chmod(dirname(file), 0);
      await expect(workspace.load()).rejects.toMatchObject({ code: "config_invalid", file });
      await chmod(dirname(file), 0o700);
    },
  );

  it("takes a hook's name for a name, whatever it is, and changes no prototype", async () => {
    await using workspace = await openWorkspace();
    await workspace.user(
      "[hooks.constructor]\nevent = 'sessionStart'\ncommand = ['x']\n[hooks.toString]\nevent = 'sessionEnd'\ncommand = ['y']",
    );
    const { config } = await workspace.load();
    expect([...config.hooks]).toEqual([
      ["constructor", { event: "sessionStart", command: ["x"] }],
      ["toString", { event: "sessionEnd", command: ["y"] }],
    ]);
    expect(config.hooks.get("__proto__")).toBeUndefined();
    expect(Object.hasOwn(Object.prototype, "event")).toBe(false);
  });

  it("a trusted project may say the other half of the user's hook, and the place of each value is known", async () => {
    await using workspace = await openWorkspace();
    const user = await workspace.user("[hooks.guard]\nevent = 'sessionStart'\ncommand = ['x']");
    const project = await workspace.project("[hooks.guard]\n\n  command = ['y']\n  timeout_ms = 5");
    const { config, positions } = await workspace.load({ trustProject: true, env: { HARNESS_MAX_TURNS: "3" } });
    expect(config.hooks.get("guard")).toEqual({ event: "sessionStart", command: ["y"], timeoutMs: 5 });
    expect(positions.get("hooks.guard.event")).toEqual({ file: user, line: 2, column: 1 });
    expect(positions.get("hooks.guard.command")).toEqual({ file: project, line: 3, column: 3 });
    expect(positions.has("run.max_turns")).toBe(false);
  });

  it("gives every section empty where nothing is configured", async () => {
    await using workspace = await openWorkspace();
    const { config, files, ignored, sources } = await workspace.load();
    for (const name of Object.keys(SETTINGS)) expect(config).toHaveProperty(name, {});
    expect(config.providers.size).toBe(0);
    expect([...files, ...ignored, ...sources.keys()]).toEqual([]);
  });

  it("lays project over user key by key and replaces lists", async () => {
    await using workspace = await openWorkspace();
    const user = await workspace.user(
      "[router]\nstrategy = 'manual'\nfallback_chain = ['a', 'b']\n[run]\nmax_turns = 5\n[providers.openai]\napi_key = 'sk-1'",
    );
    const project = await workspace.project(
      "[router]\nfallback_chain = ['c']\n\n[run]\nmax_turns = 50\n[providers.openai]\nmodel = 'gpt'\n[permissions]\ndeny = ['Bash']",
    );
    const { config, files, sources, ignored } = await workspace.load({ trustProject: true });
    expect(config.router).toEqual({ strategy: "manual", fallbackChain: ["c"] });
    expect(config.run).toEqual({ maxTurns: 50 });
    expect(config.providers.get("openai")).toEqual({ apiKey: "sk-1", model: "gpt" });
    expect(files).toEqual([user, project]);
    expect(ignored).toEqual([]);
    expect(sources.get("router.strategy")).toBe(`${user}:2`);
    expect(sources.get("run.max_turns")).toBe(`${project}:5`);
  });

  it("reads dotted keys, inline tables, quoted keys and a byte order mark", async () => {
    await using workspace = await openWorkspace();
    await workspace.user(
      "\uFEFFrun.max_turns = 3\nrouter = { strategy = 'manual' }\n['audit']\n\"scan_pii\" = false\n[providers]\nvllm = { base_url = 'http://localhost:8000/v1' }",
    );
    const { config } = await workspace.load();
    expect(config).toMatchObject({ run: { maxTurns: 3 }, router: { strategy: "manual" }, audit: { scanPii: false } });
    expect(config.providers.get("vllm")).toEqual({ baseUrl: "http://localhost:8000/v1" });
  });

  it("reads every key there is", async () => {
    await using workspace = await openWorkspace();
    await workspace.user(
      [
        "[defaults]\nprovider = 'openai'\nmodel = 'gpt'",
        "[permissions]\nmode = 'plan'\nallow = ['Read']\ndeny = ['Bash']\nask = ['Write']",
        "[audit]\ndir = 'logs'",
        "[run]\nmax_turns = 1\nmax_output_tokens = 2\nsystem_prompt = 'Be kind'",
        "[timeouts]\nfirst_chunk_ms = 1\nchunk_ms = 2\nturn_ms = 3\ntool_ms = 4\nrun_ms = 5\napproval_ms = 6\nclose_ms = 7",
        "[tools]\nenabled = ['Read']\ndirectories = ['~/data', '/abs', 'rel']\nprotected_paths = ['secrets/**', '~/x']",
        "[observability]\nenabled = true\nexporter = 'otlp'\notlp_endpoint = 'http://localhost:4317'\nservice_name = 'me'",
      ].join("\n"),
    );
    const { config } = await workspace.load();
    const { home } = workspace;
    expect(config).toMatchObject({
      defaults: { provider: "openai", model: "gpt" },
      permissions: { mode: "plan", allow: ["Read"], deny: ["Bash"], ask: ["Write"] },
      audit: { dir: join(home, "logs") },
      run: { maxTurns: 1, maxOutputTokens: 2, systemPrompt: "Be kind" },
      timeouts: { firstChunkMs: 1, chunkMs: 2, turnMs: 3, toolMs: 4, runMs: 5, approvalMs: 6, closeMs: 7 },
      tools: {
        enabled: ["Read"],
        directories: [join(home, "data"), "/abs", join(home, "rel")],
        protectedPaths: ["secrets/**", join(home, "x")],
      },
      observability: { enabled: true, exporter: "otlp", otlpEndpoint: "http://localhost:4317", serviceName: "me" },
    });
  });

  it.skipIf(isSkipped)("takes the seed's file as written in every key (skipped without ../shared)", async () => {
    await using workspace = await openWorkspace();
    await workspace.project(await readFile(SEED, "utf8"));
    const { config, ignored } = await workspace.load({ trustProject: true });
    const { cwd, home } = workspace;
    expect(ignored).toEqual([]);
    expect(config).toMatchObject({
      router: {
        strategy: "cost_optimized",
        fallbackChain: ["anthropic", "openai", "google"],
        maxCostPerSession: 5,
        maxTokensPerSession: 1_000_000,
        simpleTaskModel: "claude-haiku-4-5-20251001",
      },
      permissions: { mode: "accept_edits" },
      policy: {
        policyPaths: [join(cwd, ".harness/policy.yml"), join(home, ".harness/policy.yml")],
        simulationMode: false,
      },
      audit: { enabled: true, scanPii: true, retentionDays: 365, retentionMaxSizeMb: 1000, logToolArgs: true },
      sandbox: {
        enabled: true,
        mode: "docker",
        maxMemoryMb: 1024,
        maxCpuSeconds: 60,
        networkAccess: false,
        dockerImage: "python:3.12-slim",
        allowedPaths: ["/workspace"],
        blockedCommands: ["rm -rf /", "curl", "wget", "nc"],
      },
    });
  });

  it.skipIf(isSkipped)(
    "takes of the seed's file only what tightens when nobody trusts it (skipped without ../shared)",
    async () => {
      await using workspace = await openWorkspace();
      const text = await readFile(SEED, "utf8");
      const file = await workspace.project(text);
      const line = text.split("\n").indexOf('mode = "accept_edits"') + 1;
      const { config, ignored } = await workspace.load();
      expect(ignored.map(({ key }) => key)).toEqual([
        "permissions.mode",
        "policy.policy_paths",
        "audit.retention_days",
        "audit.retention_max_size_mb",
        "sandbox.allowed_paths",
      ]);
      expect(ignored[0]).toMatchObject({ file, line, reason: expect.stringContaining("trust") });
      expect(config.permissions.mode).toBeUndefined();
      expect(config).toMatchObject({
        router: { maxCostPerSession: 5 },
        sandbox: { mode: "docker", maxMemoryMb: 1024 },
      });
    },
  );

  it("finds the project's file from a folder below, up to the repository's root and no farther", async () => {
    await using workspace = await openWorkspace();
    await workspace.project("[run]\nmax_turns = 3");
    const below = join(workspace.cwd, "a", "b");
    await mkdir(below, { recursive: true });
    expect((await workspace.load({ cwd: below })).files).toEqual([]);
    await mkdir(join(workspace.cwd, ".git"));
    expect((await workspace.load({ cwd: below })).config.run.maxTurns).toBe(3);
    await mkdir(join(workspace.cwd, "a", ".git"));
    expect((await workspace.load({ cwd: below })).files).toEqual([]);
  });

  it("reads the home's file once, as the user's, when that is where work is done", async () => {
    await using workspace = await openWorkspace();
    await workspace.user("[permissions]\nmode = 'bypass'");
    const { config, files } = await workspace.load({ cwd: workspace.home });
    expect(config.permissions.mode).toBe("bypass");
    expect(files).toHaveLength(1);
  });

  it("takes a file that the host names in full and instead of the others, and none for false", async () => {
    await using workspace = await openWorkspace();
    await workspace.user("[run]\nmax_turns = 3");
    const named = await workspace.write(
      "home/project/own/mine.toml",
      "[permissions]\nmode = 'bypass'\n[audit]\ndir = 'log'",
    );
    const { config, files } = await workspace.load({ path: "own/mine.toml" });
    expect(config).toMatchObject({
      permissions: { mode: "bypass" },
      run: {},
      audit: { dir: join(workspace.cwd, "own/log") },
    });
    expect(config.run).toEqual({});
    expect(files).toEqual([named]);
    const none = await workspace.load({ path: false, env: { HARNESS_MAX_TURNS: "7" } });
    expect(none.files).toEqual([]);
    expect(none.config.run.maxTurns).toBe(7);
  });

  it("drops a model when a higher layer names another provider", async () => {
    await using workspace = await openWorkspace();
    await workspace.user("[defaults]\nprovider = 'anthropic'\nmodel = 'claude'");
    const other = await workspace.load({ env: { HARNESS_PROVIDER: "openai" } });
    expect(other.config.defaults).toEqual({ provider: "openai" });
    const same = await workspace.load({ env: { HARNESS_PROVIDER: "anthropic" } });
    expect(same.config.defaults).toEqual({ provider: "anthropic", model: "claude" });
  });
});
