import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { z } from "zod";

import { systemClock, systemRandom } from "../../src/async/index.ts";
import { BudgetTracker } from "../../src/budget/index.ts";
import { ProviderError } from "../../src/errors/index.ts";
import { defineTool, type Message, type Run, type RunOptions } from "../../src/index.ts";
import { memoryStore } from "../../src/session/index.ts";
import type { Check, Model, ModelRequest, SessionStore, Tool } from "../../src/spec/index.ts";
import {
  fakeCheck,
  fakeHooks,
  fakeSandbox,
  memoryAudit,
  scriptedModel,
  type MemoryAudit,
  type ScriptedAnswer,
} from "../../src/testing/index.ts";
import { CountedPorts } from "./counted-ports.ts";

/** Something of the world that began: a tool, a command, a question to a person, a call of the model. */
export interface Beginning {
  readonly what: "Look" | "Put" | "exec" | "approver" | "model";
  readonly isStopped: boolean;
}

/**
 * A run that meets most of what a run can meet: a provider that fails once, text, tools that read side by side, one that
 * writes a file which is kept before, a command that a person approves, a sub-agent, and a history that is made shorter.
 */
export interface Reference extends AsyncDisposable {
  readonly folder: string;
  readonly ports: CountedPorts;
  readonly audit: MemoryAudit;
  readonly budget: BudgetTracker;
  readonly store: SessionStore;
  readonly beginnings: readonly Beginning[];
  readonly options: RunOptions;
  /** From here on nothing may begin, but for what begins in this very step. */
  noteStop(): void;
}

/** Opens what the reference run needs. `before` is the one that it goes on with: its session and its files. */
export async function openReference(before?: Pick<Reference, "folder" | "store">): Promise<Reference> {
  const folder = before?.folder ?? (await mkdtemp(join(tmpdir(), "harness-stopping-")));
  const cwd = join(folder, "work");
  await mkdir(cwd, { recursive: true });
  if (before === undefined) await writeFile(join(cwd, "kept.txt"), "old");
  const ports = new CountedPorts();
  const audit = memoryAudit();
  const budget = new BudgetTracker({ maxTokens: 1_000_000, maxToolCalls: 100 });
  const store = before?.store ?? memoryStore();
  const beginnings: Beginning[] = [];
  let isStopped = false;
  const begin: Begin = (what) => void beginnings.push({ what, isStopped });
  const options: RunOptions = {
    cwd,
    env: { HOME: folder },
    config: false,
    model: ports.wrap("model", openModel(begin)),
    tools: [...openTools(begin), "Bash", "Task"],
    agents: { looker: { description: "Looks", tools: ["Look"] } },
    permissions: { allow: ["Look", "Put", "Task"], ask: ["Bash"] },
    onApproval: ports.wrap("approver", {
      async decide() {
        begin("approver");
        return true;
      },
    }),
    session: { id: "s", store: ports.wrap("store", slowStore(store)) },
    audit: ports.wrap("audit", slowAudit(audit)),
    budget: ports.wrap("budget", budget),
    policy: ports.wrap("policy", fakeCheck("none")),
    risk: ports.wrap("risk", slowCheck(fakeCheck("none", { risk: "low" }))),
    hooks: ports.wrap("hooks", fakeHooks()),
    sandbox: ports.wrap("sandbox", openSandbox(begin)),
    filters: [ports.wrap("filter", { name: "none", apply: (text: string) => ({ text, findings: [] }) })],
    clock: ports.wrap("clock", systemClock),
    random: ports.wrap("random", systemRandom),
    retry: { baseDelayMs: 1 },
  };
  return {
    folder,
    ports,
    audit,
    budget,
    store,
    beginnings,
    options,
    noteStop: () => queueMicrotask(() => (isStopped = true)),
    [Symbol.asyncDispose]: () => rm(folder, { recursive: true, force: true }),
  };
}

/**
 * Reads a run to its end, says something to the model when it has looked, and asks for a shorter history when the
 * sub-agent has ended. What became of both is told by the time the run is over, whatever it was.
 */
export async function readReference(run: Run): Promise<readonly Message[]> {
  const messages: Message[] = [];
  const receipts: Promise<unknown>[] = [];
  for await (const message of run) {
    messages.push(message);
    if (message.type !== "tool_result") continue;
    if (message.name === "Put") receipts.push(run.steer("And tell me what you find."));
    if (message.name === "Task") receipts.push(run.compact());
  }
  await Promise.all(receipts);
  return messages;
}

type Begin = (what: Beginning["what"]) => void;

const SUMMARY = "the summary of what was";
const CHILD = "Child: look for it";

/** What the model answers follows from the history, so that a run that is gone on with goes on where it was. */
function answer(request: ModelRequest): ScriptedAnswer | string {
  if (request.tools.length === 0) return JSON.stringify({ decisions: [SUMMARY] });
  const done = new Set<string>();
  for (const { content } of request.messages) {
    for (const part of content) if (part.type === "tool-result") done.add(part.name);
  }
  const call = (name: string, ...args: ScriptedArgs[]): ScriptedAnswer => ({
    text: `Now ${name}.`,
    toolCalls: args.map((one) => ({ name, args: one })),
  });
  if (isChild(request)) return done.has("Look") ? "The child found it." : call("Look", { n: 4 });
  if (JSON.stringify(request.messages).includes(SUMMARY)) return "Done.";
  if (!done.has("Look")) return call("Look", { n: 1 }, { n: 2 }, { n: 3 });
  if (!done.has("Put")) return call("Put", { path: "kept.txt", text: "new" });
  if (!done.has("Bash")) return call("Bash", { command: "make it" });
  return done.has("Task") ? "Done." : call("Task", { prompt: CHILD, agent_type: "looker" });
}

type ScriptedArgs = Readonly<Record<string, string | number>>;

function isChild({ messages: [first] }: ModelRequest): boolean {
  return JSON.stringify(first?.content).includes(CHILD);
}

function openModel(begin: Begin): Model {
  let hasFailed = false;
  const down = new ProviderError("down", { provider: "scripted", status: 503, isRetryable: true });
  const step = (request: ModelRequest): ScriptedAnswer | string | Error => {
    if (hasFailed) return answer(request);
    hasFailed = true;
    return down;
  };
  const endless: Iterable<typeof step> = {
    [Symbol.iterator]: () => ({ next: () => ({ done: false, value: step }) }),
  };
  const model = scriptedModel(endless, { pricing: { input: 1, output: 2 } });
  return {
    ...model,
    stream(request, call) {
      begin("model");
      return model.stream(request, call);
    },
  };
}

function openTools(begin: Begin): readonly Tool[] {
  const look = defineTool({
    name: "Look",
    description: "Looks",
    input: z.object({ n: z.number() }),
    effect: "read",
    async execute({ n }) {
      begin("Look");
      await Promise.resolve();
      return `${n}: ${"data ".repeat(300)}`;
    },
  });
  const put = defineTool({
    name: "Put",
    description: "Writes a file",
    input: z.object({ path: z.string(), text: z.string() }),
    effect: "write",
    pathArgs: ["path"],
    async execute({ path, text }, { files }) {
      begin("Put");
      await files.write(path, text);
      return "written";
    },
  });
  return [look as Tool, put as Tool];
}

function openSandbox(begin: Begin): ReturnType<typeof fakeSandbox> {
  const sandbox = fakeSandbox(() => ({ stdout: "made" }));
  return {
    ...sandbox,
    async exec(...given) {
      begin("exec");
      return await sandbox.exec(...given);
    },
  };
}

/** Lets itself be waited for, as one on a disk does. */
function slowStore(store: SessionStore): SessionStore {
  return { ...store, append: async (...given) => await store.append(...given) };
}

function slowCheck(check: Check): Check {
  return { check: async (...given) => await check.check(...given) };
}

function slowAudit(audit: MemoryAudit): MemoryAudit {
  return {
    ...audit,
    record: async (event) => await audit.record(event),
    async openCall(call, scope) {
      const entry = await audit.openCall(call, scope);
      return {
        ...entry,
        effect: async (...given) => await entry.effect(...given),
        close: async (...given) => await entry.close(...given),
      };
    },
  };
}
