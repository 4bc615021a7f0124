import type { Command } from "./command.ts";

/** How a command is found, described and loaded. */
export interface CommandEntry {
  /** One line for `harness --help`. */
  readonly summary: string;
  /** Loaded only when it is asked for: a task must not wait for commands. */
  readonly load: () => Promise<Command>;
}

/** Every command by its name. A task of one word that is a name here must be given as `harness -- NAME`. */
export const COMMANDS: ReadonlyMap<string, CommandEntry> = new Map([
  [
    "audit",
    {
      summary: "verify, query, export, add up, erase and follow audit logs",
      load: async () => (await import("./commands/audit.ts")).auditCommand,
    },
  ],
  ["plan", { summary: "what tasks will cost", load: async () => (await import("./commands/plan.ts")).planCommand }],
  [
    "replay",
    {
      summary: "replay a recorded session, also against another policy or budget",
      load: async () => (await import("./commands/replay.ts")).replayCommand,
    },
  ],
  [
    "policy",
    {
      summary: "test, lint, explain, simulate or backtest policies",
      load: async () => (await import("./commands/policy.ts")).policyCommand,
    },
  ],
  [
    "approvals",
    {
      summary: "answer questions of runs that wait: list, show, decide, revoke",
      load: async () => (await import("./commands/approvals.ts")).approvalsCommand,
    },
  ],
  [
    "sessions",
    {
      summary: "list, show, search, fork, rename, delete, cancel, export and import sessions",
      load: async () => (await import("./commands/sessions.ts")).sessionsCommand,
    },
  ],
  [
    "undo",
    {
      summary: "undo what a session changed in files",
      load: async () => (await import("./commands/undo.ts")).undoCommand,
    },
  ],
]);
