import { spawn } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

import { openApprovals, sqliteStore } from "../../src/session/index.ts";
import type { PendingApproval, SessionStatus } from "../../src/spec/index.ts";
import { systemClock } from "../../src/async/index.ts";

const CHILD = fileURLToPath(new URL("child.ts", import.meta.url));

/** How a process of the matrix ended. */
export interface Ended {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
  readonly output: string;
}

/** What to run. */
export interface ChildOptions {
  readonly folder: string;
  readonly scenario: string;
  readonly mode: "begin" | "resume" | "retry" | "recover";
  /** name@n:action */
  readonly fault?: string;
  readonly sessionId?: string;
}

/** Runs one process to its end. */
export async function runChild({ folder, scenario, mode, fault, sessionId = "s" }: ChildOptions): Promise<Ended> {
  const faults = fault === undefined ? {} : { HARNESS_FAULT: fault, HARNESS_ALLOW_FAULTS: "1" };
  const child = spawn(process.execPath, [CHILD, folder, scenario, mode, sessionId], {
    stdio: ["ignore", "pipe", "pipe"],
    env: { ...process.env, ...faults, NODE_NO_WARNINGS: "1" },
  });
  let output = "";
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding("utf8").on("data", (text: string) => (output += text));
  }
  const [code, signal] = (await once(child, "close")) as [number | null, NodeJS.Signals | null];
  return { code, signal, output: output.trim() };
}

/** Where a session stands, and which questions wait in the folder. */
export async function look(
  folder: string,
  sessionId: string,
): Promise<{ readonly status: SessionStatus | undefined; readonly waiting: readonly PendingApproval[] }> {
  const store = await sqliteStore(join(folder, "harness.db"));
  try {
    return { status: (await store.find(sessionId))?.status, waiting: await store.pendingApprovals() };
  } finally {
    await store.close();
  }
}

/** Answers every question: calls are approved, and what became of lost ones is told. */
export async function answerAll(folder: string, resolution: "done" | "retry" | "abort"): Promise<void> {
  const store = await sqliteStore(join(folder, "harness.db"));
  try {
    const approvals = openApprovals(store, { clock: systemClock });
    for (const { question } of await approvals.list()) {
      const told = question.about === "outcome" ? { resolution } : {};
      const decision = resolution === "abort" ? "deny" : "approve";
      await approvals.decide(question.id, { decision, approver: "matrix", ...told });
    }
  } finally {
    await store.close();
  }
}
