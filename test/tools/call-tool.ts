import { spawn } from "node:child_process";

import { createFiles } from "../../src/files/index.ts";
import { parseInput } from "../../src/schema/index.ts";
import type {
  ContentPart,
  ExecResult,
  Files,
  Isolation,
  JsonValue,
  Sandbox,
  Tool,
  ToolContext,
} from "../../src/spec/index.ts";
import { createBuiltinTools, createToolRegistry, type BuiltinToolsOptions } from "../../src/tools/index.ts";

const ISOLATION: Isolation = {
  mode: "test",
  filesystem: "unconfined",
  network: "unconfined",
  environment: "inherited",
  limits: ["time"],
};

/** A small real sandbox: real processes in a group of their own, killed as a whole. */
export function openTestSandbox(
  env: NodeJS.ProcessEnv = process.env,
): Sandbox & { readonly commands: (string | readonly string[])[] } {
  const commands: (string | readonly string[])[] = [];
  return {
    mode: "test",
    isolation: ISOLATION,
    commands,
    exec(command, { cwd, timeoutMs, signal, onOutput } = {}) {
      commands.push(command);
      return new Promise<ExecResult>((resolve, reject) => {
        const argv = typeof command === "string" ? ["/bin/sh", "-c", command] : command;
        const child = spawn(argv[0] ?? "", argv.slice(1), {
          cwd,
          env,
          detached: true,
          stdio: ["ignore", "pipe", "pipe"],
        });
        const texts = { stdout: "", stderr: "", output: "" };
        let timedOut = false;
        const kill = (): void => {
          if (child.pid !== undefined) process.kill(-child.pid, "SIGKILL");
          child.stdout.destroy();
          child.stderr.destroy();
        };
        const timer = setTimeout(() => {
          timedOut = true;
          kill();
        }, timeoutMs ?? 30_000);
        signal?.addEventListener("abort", kill, { once: true });
        for (const name of ["stdout", "stderr"] as const) {
          child[name].setEncoding("utf8").on("data", (text: string) => {
            texts[name] += text;
            texts.output += text;
            onOutput?.(text, name);
          });
        }
        child.on("error", reject);
        child.on("close", (exitCode, endedBy) => {
          clearTimeout(timer);
          signal?.removeEventListener("abort", kill);
          if (signal?.aborted === true) reject(signal.reason as Error);
          else {
            const ended = { exitCode: exitCode ?? undefined, signal: endedBy ?? undefined, timedOut };
            resolve({ ...texts, ...ended, oomKilled: false, truncated: false, isolation: ISOLATION });
          }
        });
      });
    },
    async [Symbol.asyncDispose]() {},
  };
}

/** What a call gave. */
export interface Called {
  readonly text: string;
  readonly isError: boolean;
  readonly display: JsonValue | undefined;
  readonly parts: readonly ContentPart[];
}

/** A session with the built-in tools on a real directory. */
export interface TestSession {
  readonly tools: readonly Tool[];
  readonly files: Files;
  readonly sandbox: ReturnType<typeof openTestSandbox>;
  readonly emitted: string[];
  call(name: string, args: object, signal?: AbortSignal): Promise<Called>;
}

/** Opens a session. A call is parsed as the pipeline does; what a tool throws is an error result here too. */
export async function openSession(
  cwd: string,
  parts: BuiltinToolsOptions & {
    readonly fetch?: typeof fetch;
    readonly sandbox?: ReturnType<typeof openTestSandbox>;
  } = {},
): Promise<TestSession> {
  const { fetch: fetchPage, sandbox = openTestSandbox(), ...options } = parts;
  const tools = createBuiltinTools(options);
  const registry = createToolRegistry(tools);
  const files = await createFiles({ cwd });
  const emitted: string[] = [];
  return {
    tools,
    files,
    sandbox,
    emitted,
    async call(name, args, signal = new AbortController().signal) {
      const tool = registry.get(name);
      if (tool === undefined) throw new Error(`No tool ${name}`);
      const parsed = await parseInput(tool.input, args);
      if (!parsed.isValid)
        return { text: `Invalid arguments: ${parsed.problem}`, isError: true, display: undefined, parts: [] };
      const context: ToolContext = {
        signal,
        cwd,
        sandbox,
        files,
        sessionId: "session",
        toolUseId: "call",
        idempotencyKey: "session:call",
        emit: (text) => void emitted.push(text),
        fetch: fetchPage ?? (() => Promise.reject(new Error("no network in this test"))),
        log() {},
      };
      try {
        return toCalled(await tool.execute(parsed.value, context));
      } catch (error) {
        if (!(error instanceof Error)) throw error;
        return { text: error.message, isError: true, display: undefined, parts: [] };
      }
    },
  };
}

function toCalled(output: Awaited<ReturnType<Tool["execute"]>>): Called {
  if (typeof output === "string") return { text: output, isError: false, display: undefined, parts: [] };
  if (typeof output !== "object" || output === null || !("content" in output)) throw new Error("An unknown output");
  const { content, isError, display } = output as {
    content: string | ContentPart[];
    isError?: boolean;
    display?: JsonValue;
  };
  const parts = typeof content === "string" ? [] : content;
  const text =
    typeof content === "string"
      ? content
      : content.flatMap((part) => (part.type === "text" ? [part.text] : [])).join("\n");
  return { text, isError: isError === true, display, parts };
}
