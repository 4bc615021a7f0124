import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Readable } from "node:stream";

import { afterAll, beforeAll, describe, expect, it } from "vitest";

import { runCli } from "../../src/cli/run-cli.ts";
import { run } from "../../src/index.ts";
import { sqliteStore } from "../../src/session/index.ts";
import { scriptedModel } from "../../src/testing/index.ts";

let folder = "";
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "harness-replay-"));
  const store = await sqliteStore(join(folder, "sessions.db"));
  const command = "echo \u001b[31mred";
  const model = scriptedModel([{ toolCalls: [{ name: "Bash", args: { command } }] }, "Done."]);
  const base = { audit: false, config: false, env: {}, cwd: folder, permissionMode: "bypass" } as const;
  await run("Go", { ...base, model, session: { id: "kept", store } }).text();
  await store.close();
  await writeFile(join(folder, "v2.yml"), "version: 1\nrules:\n  - { tool: Bash, decision: deny }\n");
});
afterAll(async () => {
  await rm(folder, { recursive: true, force: true });
});

async function harness(...args: readonly string[]) {
  const said = { out: "", err: "" };
  const code = await runCli({
    argv: ["replay", ...args, "--store", join(folder, "sessions.db")],
    stdin: Readable.from([]),
    out: (text) => void (said.out += text),
    err: (text) => void (said.err += text),
    isInteractive: false,
  });
  return { code, ...said };
}

describe("harness replay", () => {
  it("ends with 0 when everything came as it is recorded", async () => {
    expect(await harness("kept")).toMatchObject({
      code: 0,
      out: expect.stringContaining("Everything came as it is recorded"),
    });
  });

  it("ends with 1 and says what another policy would have blocked, without the control characters of a command", async () => {
    const { code, out } = await harness("kept", "--policy", join(folder, "v2.yml"));
    expect(code).toBe(1);
    expect(out).toContain("run 1 turn 1: BLOCKED: Bash");
    expect(out).not.toContain("\u001b");
    const { out: json } = await harness("kept", "--policy", join(folder, "v2.yml"), "--json");
    expect(JSON.parse(json)).toMatchObject({ blocked: 1, isSame: false, gate: "given" });
  });

  it("lets another model answer, named as for a run, and says where it goes another way", async () => {
    const server = createServer((request, response) => {
      request.resume();
      response.writeHead(200, { "content-type": "text/event-stream" });
      const base = { id: "1", object: "chat.completion.chunk", created: 1, model: "local" };
      const choice = (delta: object, finish_reason: string | null) => ({
        ...base,
        choices: [{ index: 0, delta, finish_reason }],
      });
      for (const chunk of [choice({ role: "assistant", content: "I would rather not." }, null), choice({}, "stop")])
        response.write(`data: ${JSON.stringify(chunk)}\n\n`);
      response.end("data: [DONE]\n\n");
    });
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    const { port } = server.address() as AddressInfo;
    const before = process.env["HOME"];
    await mkdir(join(folder, ".harness"), { recursive: true });
    const config = `[providers.openai-compatible]\nbase_url = "http://127.0.0.1:${port}/v1"\napi_key = "none-needed"\n`;
    await writeFile(join(folder, ".harness", "config.toml"), config);
    process.env["HOME"] = folder;
    try {
      const { code, out, err } = await harness("kept", "--provider", "openai-compatible", "--model", "local", "--json");
      expect(err).toBe("");
      expect(code).toBe(1);
      expect(JSON.parse(out)).toMatchObject({ isSame: false, divergences: [{ type: "answer", replayed: [] }] });
    } finally {
      process.env["HOME"] = before;
      server.closeAllConnections();
      server.close();
    }
  });

  it("takes several sessions, and the newest ones", async () => {
    const { code, out } = await harness("--last", "5", "--policy", join(folder, "v2.yml"), "--json");
    expect(code).toBe(1);
    expect(
      out
        .trim()
        .split("\n")
        .map((line) => JSON.parse(line).sessionId),
    ).toEqual(["kept"]);
    expect((await harness("kept", "kept")).out.match(/Everything came/g)).toHaveLength(2);
  });

  it.each([
    [],
    ["kept", "--last", "1"],
    ["--last", "no"],
    ["kept", "--max-cost", "much"],
    ["kept", "--permission", "yolo"],
  ])("refuses %j with exit code 2", async (...args) => {
    expect((await harness(...args)).code).toBe(2);
  });

  it("says which session is not there", async () => {
    expect(await harness("other")).toMatchObject({ code: 1, err: expect.stringContaining("other") });
  });
});
