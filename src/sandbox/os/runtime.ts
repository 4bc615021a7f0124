import { createRequire } from "node:module";
import { dirname } from "node:path";

import type { SandboxManager } from "@anthropic-ai/sandbox-runtime";

import { describeError, importPeer, SandboxError } from "../../errors/index.ts";

/** The manager of `@anthropic-ai/sandbox-runtime`. */
export type RuntimeManager = typeof SandboxManager;

/** A share in the runtime; the last one that is given back ends its proxies. */
export interface RuntimeShare extends AsyncDisposable {
  readonly manager: RuntimeManager;
  /** Where the package is installed: its helpers must be readable and must not be writable. */
  readonly folder: string;
}

const PACKAGE = "@anthropic-ai/sandbox-runtime";

/**
 * The runtime exists once in a process, with one configuration; a second one would silently not count. So this module
 * starts it with a configuration that allows nothing, once, and every sandbox brings its own rules with each command.
 * That is why there is state at module level here.
 */
let shares = 0;
/** What this module started it with; it stays when the runtime was reset. */
let ours: unknown;
/** Starts and ends follow one another. */
let line: Promise<unknown> = Promise.resolve();

/** Starts the runtime or joins the one that this module started. Throws a `SandboxError` when it cannot be had. */
export async function openRuntime(): Promise<RuntimeShare> {
  const { SandboxManager: manager } = await importPeer(PACKAGE, () => import("@anthropic-ai/sandbox-runtime"));
  await inLine(async () => {
    if (shares === 0) await start(manager);
    shares += 1;
  });
  let isHeld = true;
  return {
    manager,
    folder: packageFolder(),
    async [Symbol.asyncDispose]() {
      if (!isHeld) return;
      isHeld = false;
      await inLine(async () => {
        shares -= 1;
        if (shares === 0) await manager.reset();
      });
    },
  };
}

async function inLine(work: () => Promise<void>): Promise<void> {
  const mine = line.then(work, work);
  line = mine.catch(() => {});
  await mine;
}

async function start(manager: RuntimeManager): Promise<void> {
  const found = manager.getConfig();
  if (found !== undefined && found !== ours) {
    throw unavailable(
      `This program has started ${PACKAGE} itself, which can be done once in a process: its rules would hold for our commands. Leave that out, or use sandbox mode "docker"`,
    );
  }
  if (!manager.isSupportedPlatform()) throw unavailable(`Sandbox mode "os" does not exist on ${process.platform}`);
  const { errors } = await askThrice(
    () => manager.checkDependenciesAsync(),
    (answer) => answer.errors.length === 0,
  );
  if (errors.length > 0) throw unavailable(`Sandbox mode "os" lacks what it needs: ${errors.join("; ")}`);
  const config = {
    network: { allowedDomains: [], deniedDomains: [] },
    filesystem: { denyRead: ["/"], allowRead: [], allowWrite: [], denyWrite: [] },
    // The runtime searches the program's own directory; we search the workspace.
    mandatoryDenySearchDepth: 1,
  };
  try {
    await manager.initialize(config);
    ours = config;
  } catch (cause) {
    await manager.reset().catch(() => {});
    throw unavailable(`Sandbox mode "os" could not be started: ${describeError(cause)}`, cause);
  }
}

/**
 * The runtime gives `which` a second to find a program, and takes its silence for a no: on a busy machine what is there is
 * asked for again. Gives the last answer.
 */
export async function askThrice<Answer>(
  ask: () => Promise<Answer>,
  isGood: (answer: Answer) => boolean,
): Promise<Answer> {
  for (let left = 2; ; left -= 1) {
    const answer = await ask();
    if (left === 0 || isGood(answer)) return answer;
  }
}

function packageFolder(): string {
  // …/dist/index.js
  return dirname(dirname(createRequire(import.meta.url).resolve(PACKAGE)));
}

function unavailable(message: string, cause?: unknown): SandboxError {
  return new SandboxError(message, { code: "sandbox_unavailable", cause });
}
