import { appendFile, mkdir, readFile } from "node:fs/promises";
import { dirname } from "node:path";
import { promisify } from "node:util";

import { importPeer } from "../errors/index.ts";
import { splitNotes, type SignedCheckpoint } from "./checkpoint.ts";

/**
 * A place outside the log's directory where checkpoints are kept: whoever can change the log must not be able to change
 * it. Without one a rollback to an older copy of everything cannot be seen.
 */
export interface AuditAnchor {
  /** Names it in records and reports. */
  readonly name: string;
  /** Keeps a checkpoint. A rejection is put on record ("anchor_failed") and does not stop the run. */
  publish(checkpoint: SignedCheckpoint): Promise<void> | void;
  /** The notes that it kept, for `verifyAudit`. Left out: it can only be written. */
  read?(): Promise<readonly string[]>;
}

/** A file elsewhere: another disk, a mount that only appends. Checkpoints are added one after the other. */
export function fileAnchor(path: string): AuditAnchor {
  return {
    name: "file",
    async publish({ note }) {
      await mkdir(dirname(path), { recursive: true, mode: 0o700 });
      await appendFile(path, `${note}\n`, { mode: 0o600, flush: true });
    },
    read: async () => splitNotes(await readFile(path, "utf8")),
  };
}

/** Options of `gitNoteAnchor`. */
export interface GitNoteAnchorOptions {
  /** A repository. */
  readonly cwd: string;
  /** @default "refs/notes/harness-audit" */
  readonly ref?: string;
}

/** A note of Git on the commit that is checked out: pushed with `git push origin <ref>`, it is out of reach. */
export function gitNoteAnchor({ cwd, ref = "refs/notes/harness-audit" }: GitNoteAnchorOptions): AuditAnchor {
  const git = async (args: readonly string[]): Promise<string> => {
    // Loaded late: an audit log starts no process unless it is asked for this.
    const { execFile } = await import("node:child_process");
    const { stdout } = await promisify(execFile)("git", ["-C", cwd, ...args], { maxBuffer: 256 * 1024 * 1024 });
    return stdout;
  };
  return {
    name: "git",
    async publish({ note }) {
      await git(["notes", "--ref", ref, "append", "-m", note, "HEAD"]);
    },
    async read() {
      const listed = (await git(["notes", "--ref", ref, "list"])).split("\n").filter((line) => line !== "");
      const notes: string[] = [];
      for (const line of listed)
        notes.push(...splitNotes(`${await git(["cat-file", "blob", line.split(" ")[0] ?? ""])}\n`));
      return notes;
    },
  };
}

/** A function of the host: an object store with a lock, a ticket, a witness, a mail. */
export function callbackAnchor(
  publish: (checkpoint: SignedCheckpoint) => Promise<void> | void,
  name = "callback",
): AuditAnchor {
  return { name, publish };
}

/**
 * A span of OpenTelemetry for each checkpoint ("harness.audit.checkpoint"): the traces' backend keeps it. Needs the peer
 * "@opentelemetry/api", and an SDK that the host has set up; without one nothing is kept.
 */
export function openTelemetryAnchor(): AuditAnchor {
  return {
    name: "opentelemetry",
    async publish({ origin, size, root, note }) {
      const { trace } = await importPeer("@opentelemetry/api", () => import("@opentelemetry/api"));
      const attributes = {
        "harness.audit.origin": origin,
        "harness.audit.size": size,
        "harness.audit.root": root,
        "harness.audit.note": note,
      };
      trace.getTracer("harness-agent").startSpan("harness.audit.checkpoint", { attributes }).end();
    },
  };
}
