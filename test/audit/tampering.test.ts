import {
  appendFileSync,
  copyFileSync,
  cpSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { basename, join } from "node:path";

import { describe, expect, onTestFinished, test } from "vitest";

import {
  AuditLogger,
  verifyAudit,
  type AuditReport,
  type ChainProblem,
  type VerifyOptions,
} from "../../src/audit/index.ts";
import { createChainReader } from "../../src/audit/chain-reader.ts";
import { checkLine, EMPTY_CHAIN, type ChainState } from "../../src/audit/check-line.ts";
import { sealRecord } from "../../src/audit/seal-record.ts";
import { createLineSplitter } from "../../src/audit/split-lines.ts";
import { putPipe, readLines, temporaryDir, verifyByHand, writeLog } from "./audit-files.ts";
import { makeSigner, writeSignedLog, type SignedLog } from "./signing.ts";

/** Fifty records with facts and content; verified in memory, so that every byte can have its turn. */
async function fiftyRecords(): Promise<{ readonly log: SignedLog; readonly bytes: Buffer }> {
  const log = await writeSignedLog(temporaryDir());
  expect(verifyByHand(log.path)).toBe(50);
  return { log, bytes: readFileSync(log.path) };
}

function firstBadOf(bytes: Uint8Array) {
  const reader = createChainReader();
  reader.push(Buffer.from(bytes));
  return reader.finish().firstBad;
}

/** A line of the log with its end, and the chain before it. */
interface PlacedLine {
  readonly start: number;
  readonly bytes: Buffer;
  readonly before: ChainState;
}

function placeLines(bytes: Buffer): readonly PlacedLine[] {
  const lines: PlacedLine[] = [];
  const reader = createChainReader({
    onRecord({ records, head }, { offset, bytes: { length } }) {
      lines.push({ start: offset, bytes: bytes.subarray(offset, offset + length + 1), before });
      before = { records, head };
    },
  });
  let before: ChainState = EMPTY_CHAIN;
  reader.push(Buffer.from(bytes));
  return lines;
}

/**
 * The first bad place of bytes that stand behind a chain: what `firstBadOf` would say of the whole, which is tried too,
 * for some bytes of every line. Reading all that is before a changed byte anew for each of them takes half a minute.
 */
function firstBadBehind(before: ChainState, bytes: Uint8Array) {
  let state = before;
  const place = (reason: ChainProblem) => ({ line: state.records + 1, seq: state.records, reason });
  const splitter = createLineSplitter();
  for (const line of splitter.push(Buffer.from(bytes))) {
    const next = checkLine(line.bytes, state);
    if (typeof next === "string") return place(next);
    state = next;
  }
  return splitter.restBytes > 0 ? place("torn_line") : undefined;
}

/** Changes a log at every byte, and expects to hear of the line that the byte is in. */
function expectFound(bytes: Buffer, change: (bytes: Buffer, index: number) => Buffer): void {
  const lines = placeLines(bytes);
  expect(lines).toHaveLength(50);
  for (const [at, line] of lines.entries()) {
    const { length } = line.bytes;
    const next = lines[at + 1]?.bytes ?? Buffer.alloc(0);
    for (let index = 0; index < length; index += 1) {
      const bad = firstBadBehind(line.before, Buffer.concat([change(line.bytes, index), next]));
      if (bad?.line !== at + 1 || bad.seq !== at) expect.fail(`line ${at + 1}, byte ${index}: ${JSON.stringify(bad)}`);
    }
    for (const index of [0, length >> 1, length - 2, length - 1]) {
      const whole = [bytes.subarray(0, line.start), change(line.bytes, index), bytes.subarray(line.start + length)];
      expect(firstBadOf(Buffer.concat(whole))).toMatchObject({ line: at + 1, seq: at });
    }
  }
}

function flip(bytes: Buffer, index: number, mask: number): Buffer {
  const changed = Buffer.from(bytes);
  changed[index] = (changed[index] ?? 0) ^ mask;
  return changed;
}

describe("a log of fifty records, some with content", () => {
  test.each([1, 0x80])("a change of any one byte is found, in the right line (bits %d)", async (mask) => {
    const { bytes } = await fiftyRecords();
    expectFound(bytes, (line, index) => flip(line, index, mask));
  });

  test("a byte more or less, anywhere, is found in the right line", async () => {
    const { bytes } = await fiftyRecords();
    expectFound(bytes, (line, index) => Buffer.concat([line.subarray(0, index), line.subarray(index + 1)]));
    expectFound(bytes, (line, index) =>
      Buffer.concat([line.subarray(0, index), Buffer.from(" "), line.subarray(index)]),
    );
  });

  test("a cut at any length is found: within a line by itself, between lines by index, checkpoint or anchor", async () => {
    const { log, bytes } = await fiftyRecords();
    const { dir, path, publicKey, anchored } = log;
    const index = join(dir, "audit.index");
    const lines = placeLines(bytes);
    for (const [records, { start, bytes: line, before }] of lines.entries()) {
      const torn = { line: records + 1, seq: records, reason: "torn_line" };
      for (let length = 1; length < line.length; length += 1) {
        const cut = firstBadBehind(before, line.subarray(0, length));
        if (cut?.reason !== "torn_line" || cut.line !== torn.line) expect.fail(`byte ${start + length}`);
      }
      for (const length of [1, line.length >> 1, line.length - 1]) {
        expect(firstBadOf(bytes.subarray(0, start + length))).toEqual(torn);
      }
      const length = start;
      writeFileSync(path, bytes.subarray(0, length));
      const reason: ChainProblem = length === 0 ? "empty" : "truncated";
      const expected = { ok: false, firstBad: { line: records + 1, seq: records, reason } };
      expect((await verifyAudit(dir)).files).toMatchObject([expected]);
      // Without the index the checkpoint beside it tells, and without both what was kept elsewhere.
      renameSync(index, `${index}.gone`);
      expect((await verifyAudit(path, { publicKey })).files).toMatchObject([expected]);
      renameSync(`${path}.checkpoint`, `${path}.gone`);
      expect((await verifyAudit(path, { publicKey, anchors: anchored })).files).toMatchObject([expected]);
      renameSync(`${path}.gone`, `${path}.checkpoint`);
      renameSync(`${index}.gone`, index);
    }
    expect(lines).toHaveLength(50);
  });

  test("every swap, duplicate and gap of neighbours is found, in the right place", async () => {
    const { bytes } = await fiftyRecords();
    const lines = bytes.toString().split("\n").slice(0, -1);
    const check = (changed: readonly string[], line: number): void => {
      expect(firstBadOf(Buffer.from(`${changed.join("\n")}\n`))).toMatchObject({ line, seq: line - 1 });
    };
    for (let at = 0; at < lines.length; at += 1) {
      const [line = "", next] = [lines[at], lines[at + 1]];
      check(lines.toSpliced(at, 0, line), at + 2);
      if (next === undefined) continue;
      check(lines.toSpliced(at, 2, next, line), at + 1);
      check(lines.toSpliced(at, 1), at + 1);
    }
  });

  test("lines of another log are found where they begin", async () => {
    const { bytes } = await fiftyRecords();
    const other = readFileSync(await writeLog(temporaryDir(), 50, "other"), "utf8").split("\n");
    const lines = bytes.toString().split("\n");
    for (let at = 1; at < 50; at += 1) {
      const spliced = [...lines.slice(0, at), ...other.slice(at)].join("\n");
      expect(firstBadOf(Buffer.from(spliced))).toEqual({ line: at + 1, seq: at, reason: "broken_link" });
    }
  });
});

/** What an attacker does to a directory of logs, and what is needed to see it. */
interface Attack {
  readonly name: string;
  attack(log: SignedLog): Promise<void> | void;
  /** From what it is seen. */
  readonly needs: "files" | "public key" | "anchors";
  readonly says: RegExp;
}

/** Another log under the same name, hashed by somebody without the key, with an index that fits. */
async function forge({ dir, path }: SignedLog): Promise<string> {
  const forged = temporaryDir();
  await writeLog(forged, 100);
  copyFileSync(join(forged, "audit-s1.jsonl"), path);
  for (const name of readdirSync(dir)) {
    if (name.startsWith("audit.index")) rmSync(join(dir, name));
  }
  copyFileSync(join(forged, "audit.index"), join(dir, "audit.index"));
  return forged;
}

const ATTACKS: readonly Attack[] = [
  { name: "deletes a log", attack: ({ path }) => rmSync(path), needs: "files", says: /missing/ },
  {
    name: "puts a log beside the others",
    attack: ({ dir }) => writeFileSync(join(dir, "audit-x.jsonl"), readFileSync(join(dir, "audit-s1.jsonl"))),
    needs: "files",
    says: /is not in the index/,
  },
  {
    name: "replaces a log by another one that is sound",
    async attack({ path }) {
      copyFileSync(await writeLog(temporaryDir(), 50), path);
    },
    needs: "files",
    says: /rewritten/,
  },
  {
    name: "adds records behind the end of a log that was closed",
    attack: ({ path }) => addRecord(path),
    needs: "files",
    says: /audit-s1\.jsonl: added/,
  },
  {
    name: "goes on with a log and tells the index",
    attack: ({ dir }) => writeLog(dir, 1).then(() => undefined),
    needs: "public key",
    says: /Nothing that this key signed vouches for .*audit-s1\.jsonl from record 100 on/,
  },
  {
    name: "adds a log and tells the index",
    attack: ({ dir }) => writeLog(dir, 1, "s2").then(() => undefined),
    needs: "public key",
    says: /Nothing that this key signed vouches for .*audit-s2\.jsonl from record 0 on/,
  },
  {
    name: "puts a link to a sound copy in the place of a log",
    attack({ path }) {
      renameSync(path, `${path}.copy`);
      symlinkSync(`${path}.copy`, path);
    },
    needs: "files",
    says: /audit-s1\.jsonl: unreadable/,
  },
  {
    name: "deletes the index",
    attack: ({ dir }) => rmSync(join(dir, "audit.index")),
    needs: "files",
    says: /audit\.index is missing/,
  },
  {
    name: "puts a pipe in the place of the index",
    attack: ({ dir }) => putPipe(join(dir, "audit.index")),
    needs: "files",
    says: /audit\.index cannot be read: .*not a regular file/,
  },
  {
    name: "puts a pipe in the place of a checkpoint",
    attack: ({ path }) => putPipe(`${path}.checkpoint`),
    needs: "public key",
    says: /audit-s1\.jsonl\.checkpoint is not what was signed/,
  },
  {
    name: "cuts the index",
    attack: ({ dir }) => rewrite(join(dir, "audit.index"), (lines) => lines.slice(0, 1)),
    needs: "public key",
    says: /audit\.index has 1 entries, and 4 were signed: truncated/,
  },
  {
    name: "changes the index",
    attack: ({ dir }) => rewrite(join(dir, "audit.index"), ([a = "", ...rest]) => [a.replace("s1", "s2"), ...rest]),
    needs: "files",
    says: /audit\.index: line 1: wrong_hash/,
  },
  {
    name: "deletes log and index",
    attack({ dir, path }) {
      rmSync(path);
      rmSync(join(dir, "audit.index"));
    },
    needs: "public key",
    says: /audit\.index is missing/,
  },
  {
    name: "writes log and index anew, without the key",
    async attack(log) {
      await forge(log);
    },
    needs: "public key",
    says: /rewritten/,
  },
  {
    name: "writes log and index anew and deletes the checkpoints",
    async attack(log) {
      await forge(log);
      rmSync(`${log.path}.checkpoint`);
    },
    needs: "public key",
    says: /Nothing that this key signed|rewritten/,
  },
  {
    name: "signs everything anew with a stolen key",
    async attack({ dir, signer }) {
      rmSync(dir, { recursive: true });
      mkdirSync(dir);
      await writeSignedLog(dir, { sessionId: "s1" }, { signer, publicKey: "" });
    },
    needs: "anchors",
    says: /rewritten/,
  },
  {
    name: "puts everything back to an older copy",
    attack({ dir }) {
      const copy = `${dir}-old`;
      rmSync(dir, { recursive: true });
      renameSync(copy, dir);
    },
    needs: "anchors",
    says: /truncated/,
  },
  {
    name: "deletes everything",
    attack: ({ dir }) => readdirSync(dir).forEach((name) => rmSync(join(dir, name))),
    needs: "anchors",
    says: /missing/,
  },
];

/** Adds a record that fits, as anybody can hash it. */
function addRecord(path: string): void {
  const { seq, hash } = readLines(path).at(-1) as { readonly seq: number; readonly hash: string };
  const record = {
    timestamp: new Date().toISOString(),
    type: "host_event",
    sessionId: "s1",
    agent: "main",
    dataJson: "{}",
  };
  const { body, seal } = sealRecord(record, { seq: seq + 1, prev: hash, salt: () => "" });
  appendFileSync(path, `${body}${seal}\n`);
}

function rewrite(path: string, change: (lines: string[]) => string[]): void {
  const lines = readFileSync(path, "utf8").split("\n").slice(0, -1);
  writeFileSync(path, `${change(lines).join("\n")}\n`);
}

describe("verifyAudit() against somebody who", () => {
  test.each(ATTACKS)("$name: seen from $needs", async ({ attack, needs, says }) => {
    const log = await openVictim();
    const { dir, publicKey, anchored } = log;
    const all: readonly (readonly [Attack["needs"], VerifyOptions])[] = [
      ["files", {}],
      ["public key", { publicKey }],
      ["anchors", { publicKey, anchors: anchored }],
    ];
    for (const [, options] of all) expect(await verifyAudit(dir, options)).toMatchObject({ ok: true });
    await attack(log);
    const from = all.findIndex(([name]) => name === needs);
    for (const [at, [name, options]] of all.entries()) {
      const report = await verifyAudit(dir, options);
      const isNothingLeft = report.problem?.startsWith("There is no audit log") === true;
      if (at < from) expect(report.ok || isNothingLeft, `${name} should not be enough`).toBe(true);
      else expect(sayings(report), name).toMatch(says);
    }
  });

  test("has another key: no signature of it counts", async () => {
    const { dir, anchored } = await openVictim();
    const { publicKey } = makeSigner();
    const report = await verifyAudit(dir, { publicKey, anchors: anchored });
    expect(report.files).toMatchObject([{ ok: true, signedRecords: 0, checkpoints: 0 }]);
  });
});

/** A log that went on after a copy of its directory was taken. */
async function openVictim(): Promise<SignedLog> {
  const dir = temporaryDir();
  const keys = makeSigner();
  const first = await writeSignedLog(dir, {}, keys);
  cpSync(dir, `${dir}-old`, { recursive: true });
  onTestFinished(() => rmSync(`${dir}-old`, { recursive: true, force: true }));
  const second = await writeSignedLog(dir, {}, keys);
  return { ...second, anchored: [...first.anchored, ...second.anchored] };
}

function sayings({ ok, problem = "", files }: AuditReport): string {
  expect(ok).toBe(false);
  return [problem, ...files.map(({ file, firstBad }) => `${basename(file)}: ${firstBad?.reason ?? "ok"}`)].join("; ");
}

test("a report tells how far signatures reach", async () => {
  const { dir, path, publicKey } = await writeSignedLog(temporaryDir());
  const report = await verifyAudit(dir, { publicKey });
  expect(report.files).toMatchObject([{ file: path, records: 50, signedRecords: 50, checkpoints: 1, isClosed: true }]);
  expect(readLines(join(dir, "audit.index"))).toHaveLength(2);
});

describe("a log that was signed", () => {
  test("needs a signature, by itself, too, when it is verified with a key", async () => {
    const { dir, path, publicKey, anchored: anchors } = await writeSignedLog(temporaryDir());
    rmSync(`${path}.checkpoint`);
    expect(await verifyAudit(dir, { publicKey, anchors })).toMatchObject({ ok: true });
    expect(await verifyAudit(dir, { publicKey, anchors: anchors.slice(0, 1) })).toMatchObject({ ok: false });
    const missing = { ok: false, problem: `${path}.checkpoint is missing` };
    expect(await verifyAudit(path, { publicKey })).toMatchObject(missing);
    expect(await verifyAudit(dir, { publicKey })).toMatchObject(missing);
    rmSync(join(dir, "audit.index.checkpoint"));
    const problem = expect.stringContaining("Nothing that this key signed");
    expect(await verifyAudit(path, { publicKey })).toMatchObject({ ok: false, problem });
    expect(await verifyAudit(dir, { publicKey })).toMatchObject({ ok: false, problem });
    expect(await verifyAudit(dir)).toMatchObject({ ok: true });
  });

  const goOn = async ({ dir, signer }: SignedLog, sessionId: string): Promise<void> => {
    const audit = new AuditLogger({ dir, sessionId, signer });
    try {
      await audit.record({ type: "host_event", data: {} });
    } finally {
      await audit.close();
    }
  };

  test("and then changed is not gone on with: its writer would sign what somebody made of it", async () => {
    const log = await writeSignedLog(temporaryDir());
    const index = join(log.dir, "audit.index");
    const kept = readFileSync(index);
    await forge(log);
    for (const name of [".checkpoint", ".tree"]) rmSync(`${index}${name}`, { force: true });
    await expect(goOn(log, "s1")).rejects.toThrow(/audit-s1\.jsonl is not what was signed at record 49/);
    writeFileSync(log.path, "");
    writeFileSync(index, kept);
    await expect(goOn(log, "s1")).rejects.toThrow(/has 0 records, and 50 were signed/);
  });

  test.each(["without", "with"])("and whose index was changed is not signed anew, %s a tree that fits", async (how) => {
    const log = await writeSignedLog(temporaryDir());
    const index = join(log.dir, "audit.index");
    const [signed, tree] = [readFileSync(`${index}.checkpoint`), readFileSync(`${index}.tree`, "utf8")];
    await forge(log);
    rmSync(`${log.path}.checkpoint`);
    // As many entries as were signed, and others.
    const forged = readLines(index);
    expect(forged).toHaveLength(2);
    writeFileSync(`${index}.checkpoint`, signed);
    if (how === "with") {
      const edge: unknown = { ...JSON.parse(tree), head: forged.at(-1)?.["hash"] };
      writeFileSync(`${index}.tree`, JSON.stringify(edge));
    }
    // What is signed behind the true edge does not fit what was forged.
    if (how === "with") await goOn(log, "s3");
    else await expect(goOn(log, "s3")).rejects.toThrow(/audit\.index is not what was signed at record 1/);
    expect(await verifyAudit(log.dir, log)).toMatchObject({ ok: false });
  });

  test("has a checkpoint of which no byte can be changed", async () => {
    const { dir, path, publicKey } = await writeSignedLog(temporaryDir());
    for (const checkpoint of [`${path}.checkpoint`, join(dir, "audit.index.checkpoint")]) {
      const bytes = readFileSync(checkpoint);
      const flips = [1, 2, 32].flatMap((mask) => [...bytes.keys()].map((index) => ({ index, mask })));
      for (const { index, mask } of flips) {
        writeFileSync(checkpoint, flip(bytes, index, mask));
        const { ok, problem = "" } = await verifyAudit(dir, { publicKey });
        if (ok || !/not what was signed|Nothing that this key/.test(problem)) expect.fail(`${index}: ${problem}`);
      }
      writeFileSync(checkpoint, bytes);
      expect(await verifyAudit(dir, { publicKey })).toMatchObject({ ok: true });
    }
  });

  test("goes on below a new key", async () => {
    const log = await writeSignedLog(temporaryDir());
    const { signer, publicKey } = makeSigner();
    await goOn({ ...log, signer }, "s1");
    expect(await verifyAudit(log.dir, { publicKey })).toMatchObject({ ok: true });
  });
});
