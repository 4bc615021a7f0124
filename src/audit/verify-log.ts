import { createReadStream } from "node:fs";
import { basename } from "node:path";

import { createChainReader, type BadPlace } from "./chain-reader.ts";
import type { ChainState } from "./check-line.ts";
import type { Checkpoint } from "./checkpoint.ts";
import { HEAD_BYTES, isErasure } from "./erasures.ts";
import { createMerkleTree } from "./merkle-tree.ts";
import { createSilenceWatch, type LastSign, type Silence } from "./silence-watch.ts";

/** What is known of a log from elsewhere: its index, checkpoints. */
export interface Expectation {
  /** At so many records the chain had this head. */
  readonly states: readonly ChainState[];
  /** Records at which it was closed. */
  readonly closedAt: number | undefined;
  /** Records at which it was closed and opened again, and how often it should show that it is alive. */
  readonly pauses: readonly number[];
  readonly heartbeatMs: number | undefined;
  /** Milliseconds since the epoch, to tell how long it has been silent. */
  readonly now: number;
  /** Checkpoints whose signature holds. */
  readonly checkpoints: readonly Checkpoint[];
}

/** What verification found in one file. */
export interface AuditFileReport {
  readonly file: string;
  /** Sound records, up to the first bad one. */
  readonly records: number;
  /** Hash of the last sound record. Kept elsewhere, it shows later whether the log was cut or written anew. */
  readonly head: string;
  readonly ok: boolean;
  readonly firstBad?: BadPlace;
  /** The index says that it ends here. One that was not closed is open, or its writer died: its end may be missing. */
  readonly isClosed: boolean;
  /** Records whose content was erased. */
  readonly erased: number;
  /** Checkpoints that were compared, and records up to the largest of them: what a signature vouches for. */
  readonly checkpoints: number;
  readonly signedRecords: number;
  /** Heartbeats that did not come; the first 100. No proof of a change: the program or its machine may have slept. */
  readonly silences?: readonly Silence[];
  /**
   * The last sign of life of a log that nobody closed, where heartbeats should have come since: its writer died or hangs,
   * this is a copy, or its end was cut off before any checkpoint. No proof of a change either.
   */
  readonly silentSince?: LastSign;
}

/** The report of a file, and what others need of it. */
export interface VerifiedLog {
  readonly report: AuditFileReport;
  /** Records without their content. */
  readonly erasedAt: readonly number[];
  /** What `content_erased` records say, as JSON. */
  readonly erasures: readonly string[];
}

/** Verifies one file in bounded memory. Never throws for what it reads. */
export async function verifyLog(file: string, expected: Expectation): Promise<VerifiedLog> {
  const watch = createWatch(expected);
  const erasedAt: number[] = [];
  const erasures: string[] = [];
  const silence = createSilenceWatch(expected);
  const reader = createChainReader({
    onRecord({ records, head, isErased }, { bytes }) {
      watch.see(records, head);
      if (isErased) erasedAt.push(records - 1);
      const start = Buffer.from(bytes.buffer, bytes.byteOffset, Math.min(bytes.length, HEAD_BYTES)).toString("latin1");
      silence.see(records - 1, start, bytes);
      if (isErasure(start)) erasures.push(Buffer.from(bytes).toString());
    },
  });
  const isUnreadable = !(await readInto(file, (chunk) => reader.push(chunk)));
  const { records, head, firstBad: broken } = reader.finish();
  const firstBad = isUnreadable ? placeAt(records, "unreadable") : (broken ?? watch.finish(records));
  const isClosed = expected.closedAt === records;
  const silentSince = isClosed || firstBad !== undefined ? undefined : silence.last(expected.now);
  const report = {
    file,
    records,
    head,
    ok: firstBad === undefined,
    ...(firstBad === undefined ? {} : { firstBad }),
    isClosed,
    erased: erasedAt.length,
    ...watch.vouched(),
    ...(silence.found.length === 0 ? {} : { silences: silence.found }),
    ...(silentSince === undefined ? {} : { silentSince }),
  };
  return { report, erasedAt, erasures };
}

/** Reads a file in pieces until its reader has had enough. Returns whether it could be read. */
async function readInto(file: string, push: (chunk: Uint8Array) => boolean): Promise<boolean> {
  try {
    for await (const chunk of createReadStream(file, { highWaterMark: 256 * 1024 })) {
      // A stream without an encoding gives bytes.
      if (!push(chunk as Uint8Array)) break;
    }
    return true;
  } catch {
    return false;
  }
}

/** Compares a log with what is known of it while it is read. */
function createWatch({ states, checkpoints, closedAt }: Expectation) {
  const heads = new Map(states.map(({ records, head }) => [records, head]));
  const roots = new Map(checkpoints.map(({ size, root }) => [size, root]));
  const tree = roots.size === 0 ? undefined : createMerkleTree();
  const most = Math.max(0, ...heads.keys(), ...roots.keys());
  /** Up to here the log is known to be what it was. */
  let sound = 0;
  let signedRecords = 0;
  let compared = 0;
  let problem: BadPlace | undefined;
  return {
    see(records: number, head: string): void {
      tree?.add(head);
      const expectedHead = heads.get(records);
      const expectedRoot = roots.get(records);
      if (expectedHead === undefined && expectedRoot === undefined) return;
      const isSame =
        (expectedHead === undefined || expectedHead === head) &&
        (expectedRoot === undefined || expectedRoot === tree?.root());
      // Somewhere behind what is known to be sound it was written anew, with new hashes.
      if (!isSame) {
        problem ??= placeAt(sound, "rewritten");
        return;
      }
      sound = records;
      if (expectedRoot === undefined) return;
      compared += 1;
      signedRecords = records;
    },
    finish(records: number): BadPlace | undefined {
      if (problem !== undefined) return problem;
      if (records < most) return placeAt(records, "truncated");
      return closedAt !== undefined && records > closedAt ? placeAt(closedAt, "added") : undefined;
    },
    vouched: () => ({ checkpoints: compared, signedRecords }),
  };
}

/** A place by the number of sound records before it. */
export function placeAt(records: number, reason: BadPlace["reason"]): BadPlace {
  return { line: records + 1, seq: records, reason };
}

/** The name of a log's file, as index and checkpoints know it. */
export function nameOf(file: string): string {
  return basename(file);
}
