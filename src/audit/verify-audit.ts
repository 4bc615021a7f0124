import type { KeyObject } from "node:crypto";
import { stat } from "node:fs/promises";
import { dirname, join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";

import { describeError } from "../errors/index.ts";
import { readAnchors, type AnchoredCheckpoints, type CheckpointsByFile } from "./anchored-checkpoints.ts";
import type { AuditAnchor } from "./anchors.ts";
import { findUnsigned, readBeside } from "./beside.ts";
import { INDEX_FILE, listLogs, type LogFileInfo } from "./list-logs.ts";
import type { ChainProblem } from "./check-line.ts";
import { foldIndex, readIndex, type IndexedLog, type ReadIndex } from "./read-index.ts";
import { readPublicKey } from "./signed-note.ts";
import { isLocked } from "./writer-lock.ts";
import { findErasureProblems } from "./verify-erasures.ts";
import { verifyIndex, type VerifiedIndex } from "./verify-index.ts";
import { nameOf, placeAt, verifyLog, type AuditFileReport, type VerifiedLog } from "./verify-log.ts";

/** What verification found. */
export interface AuditReport {
  /** Every file is sound, none is missing, and there is at least one, or was until retention deleted the last. */
  readonly ok: boolean;
  readonly files: readonly AuditFileReport[];
  /** What is wrong besides the files, or why there was nothing to verify. */
  readonly problem?: string;
  /** Whether the directory has an index that names its logs. */
  readonly hasIndex: boolean;
  /** Logs that retention deleted, as their tombstones say. */
  readonly deleted: readonly string[];
}

/** Options of `verifyAudit`. */
export interface VerifyOptions {
  /** The signer's Ed25519 key: PEM, a C2SP verifier key, or a `KeyObject`. Without it no signature counts. */
  readonly publicKey?: string | KeyObject;
  /** Checkpoints that were kept elsewhere: anchors that can be read, or signed notes as text. */
  readonly anchors?: readonly (AuditAnchor | string)[];
  /** Milliseconds since the epoch, for logs that fell silent. @default now */
  readonly now?: number;
}

/**
 * Verifies a log, or every log in a directory with its index. Streams, and never throws for what it reads: bad logs, and
 * logs that are not there, are a report. Needs nothing but the files and, for signatures, the public key. Throws code
 * "config_invalid" for a key that is none, and what an anchor throws that cannot be read.
 *
 * The chain shows every edit, gap, swap, duplicate and torn end; the index a log that is missing or ends too early;
 * checkpoints beside the logs the same, also when somebody hashed everything anew; those of anchors a rollback of the
 * whole directory to an older copy. With a public key it is a problem when nothing is signed by it, or when a
 * checkpoint that should be is not there or is none. Heartbeats that did not come are told (`silences`, `silentSince`) and
 * make no log bad.
 */
export async function verifyAudit(pathOrDir: string, options: VerifyOptions = {}): Promise<AuditReport> {
  const publicKey = options.publicKey === undefined ? undefined : readPublicKey(options.publicKey);
  const { now = Date.now() } = options;
  const anchored = await readAnchors(options.anchors ?? [], publicKey);
  for (let looks = 1; ; looks += 1) {
    const { report, index } = await look(pathOrDir, { publicKey, now, anchored });
    // What somebody opens, writes, closes or deletes at this moment can look like damage.
    if (report.ok || looks === MOST_LOOKS || !(await isMoving(pathOrDir, report, index))) return report;
    await sleep(LOOK_AGAIN_MS);
  }
}

const MOST_LOOKS = 6;
/** Longer than a record waits to be written. */
const LOOK_AGAIN_MS = 75;

interface Look {
  readonly report: AuditReport;
  readonly index: ReadIndex | undefined;
}

async function look(
  pathOrDir: string,
  { publicKey, now, anchored }: Pick<Known, "publicKey" | "now"> & { readonly anchored: AnchoredCheckpoints },
): Promise<Look> {
  const found = await findLogs(pathOrDir);
  if (typeof found === "string") {
    return { report: { ok: false, files: [], problem: found, hasIndex: false, deleted: [] }, index: undefined };
  }
  const { dir, files, isWhole } = found;
  const known = { publicKey, anchored: anchored.byFile };
  const verifiedIndex = await verifyIndex(dir, { ...known, hasLogs: files.length > 0 });
  const { index, logs: indexed } = verifiedIndex;
  const { verified, unsigned } = await verifyLogs(files, { ...known, indexed, now });
  // A writer that died at its very beginning leaves an empty file that the index does not know yet: nothing was written.
  const isUnborn = ({ file, firstBad }: AuditFileReport): boolean =>
    isWhole && index !== undefined && firstBad?.reason === "empty" && indexed.get(nameOf(file))?.isDeleted !== false;
  const gone = isWhole ? await findGone(dir, verified) : [];
  const reports = verified
    .map(({ report }) => report)
    .filter((report) => !isUnborn(report) && !gone.includes(report.file));
  const missing = isWhole ? findMissing(files, { dir, indexed, anchored: anchored.byFile }) : [];
  const unlisted = isWhole && index !== undefined ? reports.filter(({ file }) => !indexed.has(nameOf(file))) : [];
  const deleted = [...indexed].filter(([, { isDeleted }]) => isDeleted).map(([name]) => name);
  const problems = [
    ...anchored.problems,
    ...(isWhole ? verifiedIndex.problems : []),
    ...(publicKey === undefined ? [] : findUnvouched(pathOrDir, { reports, index: verifiedIndex, isWhole })),
    ...unsigned.filter(({ file }) => !gone.includes(file)).map(({ problem }) => problem),
    ...unlisted.map(({ file }) => `${file} is not in the index`),
    ...(isWhole ? findErasureProblems(verified, indexed) : []),
    ...(files.length === 0 && missing.length === 0 && deleted.length === 0
      ? [`There is no audit log in ${pathOrDir}`]
      : []),
  ];
  const all = [...reports, ...missing];
  const report = {
    ok: problems.length === 0 && all.every(({ ok }) => ok),
    files: all,
    ...(problems.length === 0 ? {} : { problem: problems.join("; ") }),
    hasIndex: index !== undefined,
    deleted,
  };
  return { report, index };
}

/**
 * What nothing vouches for. Whoever can write the directory can delete signatures, and add logs, records and entries of the
 * index; he cannot sign: with a key, the absence of signatures is a finding.
 */
function findUnvouched(
  pathOrDir: string,
  {
    reports,
    index,
    isWhole,
  }: { readonly reports: readonly AuditFileReport[]; readonly index: VerifiedIndex; readonly isWhole: boolean },
): readonly string[] {
  // One signature over the index vouches for what it says of every log.
  const isIndexSound = index.signed !== "nothing" && index.problems.length === 0;
  const isSigned = isWhole
    ? index.signed === "all"
    : reports.every(({ file, checkpoints }) => checkpoints > 0 || (isIndexSound && index.logs.has(nameOf(file))));
  if (!isSigned) return reports.length === 0 ? [] : [`Nothing that this key signed vouches for ${pathOrDir}`];
  return reports
    .filter(
      ({ file, records, signedRecords }) => isWhole && signedRecords < records && !index.vouched.has(nameOf(file)),
    )
    .map(({ file, signedRecords: from }) => `Nothing that this key signed vouches for ${file} from record ${from} on`);
}

/** Logs that retention deleted while they were being verified: their tombstones were written before. */
async function findGone(dir: string, verified: readonly VerifiedLog[]): Promise<readonly string[]> {
  const unread = verified.map(({ report }) => report).filter(({ firstBad }) => firstBad?.reason === "unreadable");
  if (unread.length === 0) return [];
  const latest = foldIndex((await readIndex(dir).catch(() => undefined))?.entries ?? []);
  return unread.map(({ file }) => file).filter((file) => latest.get(nameOf(file))?.isDeleted === true);
}

/** What a log can look like while somebody is at work on it. */
const PASSING: ReadonlySet<ChainProblem | undefined> = new Set([
  "torn_line",
  "empty",
  "unreadable",
  "missing",
  "added",
]);

/** Whether what is wrong may have come from somebody who was at work meanwhile. */
async function isMoving(pathOrDir: string, { files }: AuditReport, index: ReadIndex | undefined): Promise<boolean> {
  const bad = files.filter(({ ok }) => !ok);
  if (bad.some(({ firstBad }) => !PASSING.has(firstBad?.reason))) return false;
  if (bad.some(({ file }) => isLocked(file))) return true;
  const latest = await readIndex(index === undefined ? pathOrDir : dirname(index.path)).catch(() => undefined);
  return latest?.state.head !== index?.state.head || latest?.firstBad?.reason !== index?.firstBad?.reason;
}

/** What logs are compared with. */
interface Known {
  readonly indexed: ReadonlyMap<string, IndexedLog>;
  readonly anchored: CheckpointsByFile;
  readonly publicKey: KeyObject | undefined;
  readonly now: number;
}

async function verifyLogs(files: FoundLogs["files"], { indexed, anchored, publicKey, now }: Known) {
  const verified: VerifiedLog[] = [];
  const unsigned: { readonly file: string; readonly problem: string }[] = [];
  for (const { path: file, isFile } of files) {
    if (!isFile) {
      verified.push({ report: reportUnread(file, "unreadable"), erasedAt: [], erasures: [] });
      continue;
    }
    const log = indexed.get(nameOf(file));
    const beside = await readBeside(file, publicKey);
    const checkpoints = [...(anchored.get(nameOf(file)) ?? []), ...beside.checkpoints];
    const { states = [], pauses = [], closedAt, heartbeatMs } = log ?? {};
    const found = await verifyLog(file, { states, pauses, closedAt, heartbeatMs, checkpoints, now });
    verified.push(found);
    const problem = findUnsigned(found.report, beside, { log, publicKey });
    if (problem !== undefined) unsigned.push({ file, problem });
  }
  return { verified, unsigned };
}

interface FoundLogs {
  readonly dir: string;
  readonly files: readonly Pick<LogFileInfo, "path" | "isFile">[];
  /** A directory was named, not one file of it. */
  readonly isWhole: boolean;
}

async function findLogs(pathOrDir: string): Promise<FoundLogs | string> {
  try {
    if (!(await stat(pathOrDir)).isDirectory()) {
      // Whoever names one file may name a pipe.
      return { dir: dirname(pathOrDir), files: [{ path: pathOrDir, isFile: true }], isWhole: false };
    }
    return { dir: pathOrDir, files: await listLogs(pathOrDir), isWhole: true };
  } catch (error) {
    return `${pathOrDir} cannot be read: ${describeError(error)}`;
  }
}

/** Logs that index or anchors know and that are not there, though nothing says that they were deleted by rule. */
function findMissing(
  files: FoundLogs["files"],
  {
    dir,
    indexed,
    anchored,
  }: { readonly dir: string; readonly indexed: ReadonlyMap<string, IndexedLog>; readonly anchored: CheckpointsByFile },
): readonly AuditFileReport[] {
  const there = new Set(files.map(({ path }) => nameOf(path)));
  const known = new Set([...indexed.keys(), ...anchored.keys()]);
  known.delete(INDEX_FILE);
  return [...known]
    .filter((name) => !there.has(name) && indexed.get(name)?.isDeleted !== true)
    .map((name) => reportUnread(join(dir, name), "missing"));
}

function reportUnread(file: string, reason: "missing" | "unreadable"): AuditFileReport {
  return {
    file,
    records: 0,
    head: "",
    ok: false,
    firstBad: placeAt(0, reason),
    isClosed: false,
    erased: 0,
    checkpoints: 0,
    signedRecords: 0,
  };
}
