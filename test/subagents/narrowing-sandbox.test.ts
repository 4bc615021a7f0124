import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import * as fc from "fast-check";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { z } from "zod";

import { defineTool, run, type RunOptions } from "../../src/index.ts";
import { createFiles } from "../../src/files/index.ts";
import { createSandbox } from "../../src/sandbox/index.ts";
import type { Isolation, Sandbox, Tool, ToolContext, ToolEffect } from "../../src/spec/index.ts";
import {
  denyClosed,
  narrowSurroundings,
  whyClosed,
  type Surroundings,
} from "../../src/subagents/narrow-surroundings.ts";
import type { AgentSandbox } from "../../src/subagents/agent-definition.ts";
import { memoryAudit, scriptedModel } from "../../src/testing/index.ts";

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "harness-closed-"));
  await writeFile(join(folder, "a.txt"), "old");
});
afterEach(async () => {
  await rm(folder, { recursive: true, force: true });
});

const closings: fc.Arbitrary<AgentSandbox> = fc
  .record({ network: fc.boolean(), files: fc.boolean() })
  .map(({ network, files }) => ({
    ...(network ? { network: "none" as const } : {}),
    ...(files ? { files: "read-only" as const } : {}),
  }));

/** Everything that a tool can do with what it is given. */
const DOORS: Readonly<Record<string, (given: Surroundings) => unknown>> = {
  read: ({ files }) => files.read("a.txt"),
  list: ({ files }) => files.list("."),
  stat: ({ files }) => files.stat("a.txt"),
  write: ({ files }) => files.write("a.txt", "old"),
  remove: ({ files }) => files.remove("b.txt"),
  sandboxWrite: ({ sandbox }) => sandbox.files?.write("a.txt", "old"),
  sandboxRemove: ({ sandbox }) => sandbox.files?.remove("b.txt"),
  sandboxRead: ({ sandbox }) => sandbox.files?.read("a.txt"),
  exec: ({ sandbox }) => sandbox.exec(["true"]),
  fetch: ({ fetch }) => fetch("http://127.0.0.1/"),
};

async function isOpen(given: Surroundings, door: string): Promise<boolean> {
  await writeFile(join(folder, "b.txt"), "");
  try {
    await DOORS[door]?.(given);
    return true;
  } catch {
    return false;
  }
}

async function surroundings(network: Isolation["network"]): Promise<Surroundings> {
  const files = await createFiles({ cwd: folder, roots: [folder] });
  const isolation: Isolation = {
    mode: "own",
    filesystem: "unconfined",
    network,
    environment: "inherited",
    limits: [],
  };
  const sandbox: Sandbox = {
    mode: "own",
    isolation,
    files,
    exec: () =>
      Promise.resolve({
        exitCode: 0,
        signal: undefined,
        stdout: "",
        stderr: "",
        output: "",
        timedOut: false,
        oomKilled: false,
        truncated: false,
        isolation,
      }),
    [Symbol.asyncDispose]: () => Promise.reject(new Error("closed by a child")),
  };
  return { files, sandbox, fetch: () => Promise.resolve(new Response("")) };
}

describe("narrowSurroundings()", () => {
  it("opens nothing that the parent has closed, through any chain of agents, and closes what it says", async () => {
    const networks = fc.constantFrom<Isolation["network"]>("unconfined", "filtered", "none");
    await fc.assert(
      fc.asyncProperty(
        networks,
        fc.array(closings, { maxLength: 4 }),
        fc.constantFrom(...Object.keys(DOORS)),
        async (network, chain, door) => {
          let here = await surroundings(network);
          let before = await isOpen(here, door);
          expect(before).toBe(true);
          for (const closed of chain) {
            here = narrowSurroundings(here, closed);
            const now = await isOpen(here, door);
            if (!before) expect(now).toBe(false);
            before = now;
          }
          const hasNoNetwork = chain.some((closed) => closed.network === "none");
          const isReadOnly = chain.some((closed) => closed.files === "read-only");
          const isWrite = /write|remove/i.test(door);
          const isClosed =
            (hasNoNetwork && (door === "fetch" || (door === "exec" && network !== "none"))) ||
            (isReadOnly && (isWrite || door === "exec"));
          expect(before).toBe(!isClosed);
          // A child never closes what is its parent's.
          if (hasNoNetwork && network !== "none") await here.sandbox[Symbol.asyncDispose]();
        },
      ),
      { numRuns: 200 },
    );
  });
});

describe("denyClosed()", () => {
  it("denies by rule just the tools that are not offered, and has no opinion of the others", async () => {
    const { sandbox } = await surroundings("unconfined");
    const effects = fc.constantFrom<ToolEffect>("read", "write", "execute", "network", "agent");
    await fc.assert(
      fc.asyncProperty(closings, effects, fc.boolean(), async (closed, effect, sendsOut) => {
        const tool = { name: "Own", effect, sendsOut } as Tool;
        const answer = await denyClosed(sandbox, closed).check(
          { tool, toolUseId: "c", args: {} } as never,
          { cwd: folder } as never,
        );
        const isClosed = whyClosed(tool, sandbox, closed) !== undefined;
        expect(answer.effect).toBe(isClosed ? "deny" : "none");
        if (effect === "read" && !sendsOut) expect(isClosed).toBe(false);
        if (effect === "execute") expect(isClosed).toBe(Object.keys(closed).length > 0);
      }),
    );
  });
});

/** A tool that says it reads, and tries everything. */
function openTrier(seen: Record<string, string>) {
  const attempt = async (name: string, work: () => Promise<unknown>): Promise<void> => {
    try {
      await work();
      seen[name] = "open";
    } catch (error) {
      seen[name] = (error as { readonly code?: string }).code ?? String(error);
    }
  };
  return defineTool({
    name: "Try",
    description: "Tries doors",
    input: z.object({}),
    effect: "read",
    async execute(_input, context: ToolContext) {
      await attempt("read", () => context.files.read("a.txt"));
      await attempt("write", () => context.files.write("a.txt", "new"));
      await attempt("sandbox write", () => context.sandbox.files?.write("a.txt", "new") ?? Promise.reject(new Error()));
      await attempt("exec", () => context.sandbox.exec("echo new > a.txt"));
      // The guard of a parent refuses this address, too, in other words.
      await context.fetch("http://127.0.0.1:9/").catch((error: Error) => (seen["fetch"] = error.message));
      return "tried";
    },
  });
}

const go = (agent_type: string, prompt = "t") => ({
  toolCalls: [{ name: "Task", args: { agent_type, prompt }, id: "k" }],
});

describe("an agent whose sandbox is closed", () => {
  async function play(agents: RunOptions["agents"], parts: RunOptions = {}) {
    const seen: Record<string, string> = {};
    const audit = memoryAudit();
    const model = scriptedModel([
      go("x"),
      { toolCalls: [{ name: "Try", args: {}, id: "1" }] },
      { toolCalls: [{ name: "Bash", args: { command: "echo new > a.txt" }, id: "2" }] },
      "child done",
      "done",
    ]);
    const result = await run("Go", {
      model,
      cwd: folder,
      env: { HOME: folder, PATH: process.env["PATH"] },
      audit,
      permissionMode: "bypass",
      tools: ["Task", "Bash", "Read", "Write", openTrier(seen)],
      ...(agents === undefined ? {} : { agents }),
      ...parts,
    }).result;
    expect(result).toMatchObject({ stopReason: "end_turn" });
    const offered = model.requests[1]?.tools.map(({ name }) => name) ?? [];
    return { seen, offered, content: await readFile(join(folder, "a.txt"), "utf8") };
  }

  it("writes nothing where its files are read-only, whatever its tools say about themselves", async () => {
    const { seen, offered, content } = await play({ x: { description: "x", sandbox: { files: "read-only" } } });
    expect(seen).toMatchObject({
      read: "open",
      write: "path_protected",
      "sandbox write": "path_protected",
      exec: "command_blocked",
    });
    expect(offered).toContain("Read");
    expect(offered).not.toContain("Write");
    expect(offered).not.toContain("Bash");
    expect(content).toBe("old");
  });

  it("reaches no network, and runs no commands that could", async () => {
    const { seen, offered, content } = await play({ x: { description: "x", sandbox: { network: "none" } } });
    expect(seen).toMatchObject({ write: "open", exec: "command_blocked", fetch: "This agent has no network" });
    expect(offered).toContain("Write");
    expect(offered).not.toContain("Bash");
    expect(content).toBe("new");
  });

  it("still runs commands where the sandbox holds the network back", async () => {
    await using host = await createSandbox({ mode: "process", cwd: folder });
    const sandbox: Sandbox = {
      mode: "held",
      isolation: { ...host.isolation, network: "none" },
      files: host.files,
      exec: (command, options) => host.exec(command, options),
      [Symbol.asyncDispose]: () => Promise.resolve(),
    };
    const { seen, offered } = await play({ x: { description: "x", sandbox: { network: "none" } } }, { sandbox });
    expect(seen).toMatchObject({ exec: "open", fetch: "This agent has no network" });
    expect(offered).toContain("Bash");
  });

  it("that only reads gets files that can only be read", async () => {
    const { seen, content } = await play({ x: { description: "x", isReadOnly: true } });
    expect(seen).toMatchObject({ read: "open", write: "path_protected", exec: "command_blocked" });
    expect(content).toBe("old");
  });

  it("has everything of its parent where nothing is closed", async () => {
    const { seen } = await play({ x: { description: "x" } });
    expect(seen).toMatchObject({ read: "open", write: "open", "sandbox write": "open", exec: "open" });
    expect(seen["fetch"]).not.toBe("This agent has no network");
  });
});
