import { execFileSync } from "node:child_process";
import { createHash, generateKeyPairSync } from "node:crypto";
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";

import { trace } from "@opentelemetry/api";
import { describe, expect, onTestFinished, test } from "vitest";

import {
  AuditLogger,
  createSigner,
  fileAnchor,
  gitNoteAnchor,
  openTelemetryAnchor,
  verifierKeyOf,
  verifyAudit,
  type AuditAnchor,
} from "../../src/audit/index.ts";
import { readCheckpoint, splitNotes } from "../../src/audit/checkpoint.ts";
import { createMerkleTree } from "../../src/audit/merkle-tree.ts";
import { isSignedBy, parseNote, readPublicKey } from "../../src/audit/signed-note.ts";
import { HarnessError } from "../../src/errors/index.ts";
import { readLines, temporaryDir } from "./audit-files.ts";
import { makeSigner, writeSignedLog } from "./signing.ts";

describe("a checkpoint", () => {
  const hasOpenssl = isThere("openssl");
  test.skipIf(!hasOpenssl)("is verified by OpenSSL and by the definition of RFC 6962, without our code", async () => {
    const { dir, path, publicKey } = await writeSignedLog(temporaryDir());
    const note = readFileSync(`${path}.checkpoint`, "utf8");
    const [origin, size, root, empty, signature, end] = note.split("\n");
    expect([origin, size, empty, end]).toEqual(["logs.example/audit-s1.jsonl", "50", "", ""]);

    const leaves = readLines(path).map(({ hash }) => Buffer.from(String(hash), "hex"));
    expect(treeHash(leaves).toString("base64")).toBe(root);

    const coded = Buffer.from(/^— logs\.example\/audit-s1\.jsonl (\S+)$/.exec(signature ?? "")?.[1] ?? "", "base64");
    const files = { key: join(dir, "key.pem"), text: join(dir, "text"), signature: join(dir, "signature") };
    writeFileSync(files.key, publicKey);
    writeFileSync(files.text, `${origin}\n${size}\n${root}\n`);
    writeFileSync(files.signature, coded.subarray(4));
    const verify = ["pkeyutl", "-verify", "-pubin", "-inkey", files.key, "-rawin", "-in", files.text];
    expect(execFileSync("openssl", [...verify, "-sigfile", files.signature]).toString()).toContain("Successfully");
    writeFileSync(files.text, `${origin}\n51\n${root}\n`);
    expect(() => execFileSync("openssl", [...verify, "-sigfile", files.signature], { stdio: "pipe" })).toThrow();
  });

  test("is a signed note as others write them: the example of golang.org/x/mod/sumdb/note", () => {
    const note =
      "If you think cryptography is the answer to your problem,\nthen you don't know what your problem is.\n\n" +
      "— PeterNeumann x08go/ZJkuBS9UG/SffcvIAQxVBtiFupLLr8pAcElZInNIuGUgYN1FFYC2pZSNXgKvqfqdngotpRZb6KE6RyyBwJnAM=\n";
    const verifierKey = "PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW";
    const key = readPublicKey(verifierKey);
    const parsed = parseNote(note) ?? expect.fail("no note");
    expect(isSignedBy(parsed, "PeterNeumann", key)).toBe(true);
    expect(isSignedBy(parsed, "Somebody", key)).toBe(false);
    expect(isSignedBy({ ...parsed, text: parsed.text.replace("your", "our") }, "PeterNeumann", key)).toBe(false);
    expect(verifierKeyOf("PeterNeumann", key)).toBe(verifierKey);
  });

  test.each([
    "",
    "no note",
    "a\n1\n\n— a b\n",
    "a\n01\nAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=\n\n— a AAAAAAAA\n",
    "a\n1\nAAAA\n\n— a AAAAAAAA\n",
    "\n1\nAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=\n\n— a AAAAAAAA\n",
    "a\n1\nAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=\n\n- a AAAAAAAA\n",
  ])("that is none is not read: %j", (note) => {
    expect(readCheckpoint(note, undefined)).toBeUndefined();
  });

  test("is made at intervals, by the clock, on demand and at the end; each grows out of the one before", async () => {
    const { anchored, publicKey } = await writeSignedLog(temporaryDir());
    const key = readPublicKey(publicKey);
    const read = anchored.map((note) => readCheckpoint(note, key) ?? expect.fail(note));
    expect(read.every(({ isSigned }) => isSigned)).toBe(true);
    const ofLog = read.filter(({ origin }) => origin.endsWith("jsonl")).map(({ size }) => size);
    expect(ofLog).toEqual(ofLog.toSorted((left, right) => left - right));
    expect(ofLog[0]).toBe(20);
    expect(ofLog.at(-1)).toBe(50);
    expect(read.at(-1)).toMatchObject({ origin: "logs.example/audit.index", size: 2 });

    const { signer } = makeSigner();
    const notes: string[] = [];
    const anchor: AuditAnchor = { name: "list", publish: ({ note }) => void notes.push(note) };
    const options = { dir: temporaryDir(), signer, anchors: [anchor], heartbeatMs: 20 };
    await using audit = new AuditLogger(options);
    await audit.record({ type: "host_event", data: {} });
    await expect.poll(() => notes.length).toBeGreaterThan(1);
    expect(readLines(audit.path).some(({ event_type: type }) => type === "heartbeat")).toBe(true);
  });

  test("of a log that lost records stops whoever wants to go on with it", async () => {
    const { dir, path, signer } = await writeSignedLog(temporaryDir());
    const lines = readFileSync(path, "utf8").split("\n");
    writeFileSync(path, `${lines.slice(0, 40).join("\n")}\n`);
    const audit = new AuditLogger({ dir, sessionId: "s1", signer });
    expect(() => audit.append({ type: "host_event", data: {} })).toThrow(/has 40 records, and 50 were signed/);
    await audit.close();
  });
});

describe("createMerkleTree()", () => {
  // From the tests of Certificate Transparency: https://github.com/google/certificate-transparency (Apache-2.0).
  const LEAVES = ["", "00", "10", "2021", "3031", "40414243", "5051525354555657", "606162636465666768696a6b6c6d6e6f"];
  const ROOTS = [
    "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
    "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",
    "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77",
    "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
    "4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4",
    "76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef",
    "ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c",
    "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328",
  ];

  test("has the published roots, and goes on from its edge", () => {
    let tree = createMerkleTree();
    expect(Buffer.from(tree.root(), "base64").toString("hex")).toBe(createHash("sha256").digest("hex"));
    for (const [at, leaf] of LEAVES.entries()) {
      tree.add(leaf);
      expect(Buffer.from(tree.root(), "base64").toString("hex")).toBe(ROOTS[at]);
      tree = createMerkleTree({ size: tree.size, edge: tree.edge() });
    }
  });
});

describe("anchors", () => {
  test("fileAnchor() keeps every checkpoint, and verifyAudit() reads them", async () => {
    const file = join(temporaryDir(), "elsewhere", "checkpoints");
    const { dir, path, publicKey } = await writeSignedLog(temporaryDir(), { anchors: [fileAnchor(file)] });
    expect(splitNotes(readFileSync(file, "utf8")).length).toBeGreaterThan(2);
    const options = { publicKey, anchors: [fileAnchor(file)] };
    expect((await verifyAudit(dir, options)).ok).toBe(true);
    const lines = readFileSync(path, "utf8").split("\n");
    writeFileSync(path, `${lines.slice(0, 20).join("\n")}\n`);
    expect((await verifyAudit(path, options)).files[0]?.firstBad).toEqual({ line: 21, seq: 20, reason: "truncated" });
  });

  test.skipIf(!isThere("git"))("gitNoteAnchor() keeps them as notes of a commit", async () => {
    const cwd = temporaryDir();
    const git = (...args: readonly string[]) =>
      execFileSync("git", ["-C", cwd, "-c", "user.name=a", "-c", "user.email=a@b", ...args], { stdio: "pipe" });
    git("init", "-q");
    git("config", "user.name", "a");
    git("config", "user.email", "a@b");
    git("commit", "-q", "--allow-empty", "-m", "x");
    const anchor = gitNoteAnchor({ cwd });
    const { dir, publicKey } = await writeSignedLog(temporaryDir(), { anchors: [anchor] });
    const notes = (await anchor.read?.()) ?? [];
    expect(notes.length).toBeGreaterThan(2);
    expect(await verifyAudit(dir, { publicKey, anchors: [anchor] })).toMatchObject({ ok: true });
  });

  test("openTelemetryAnchor() gives each checkpoint to the traces of the host", async () => {
    const spans: unknown[] = [];
    const startSpan = (name: string, options: unknown) => (spans.push([name, options]), { end() {} });
    trace.setGlobalTracerProvider({ getTracer: () => ({ startSpan }) } as never);
    onTestFinished(() => trace.disable());
    const { anchored } = await writeSignedLog(temporaryDir(), { anchors: [openTelemetryAnchor()] });
    expect(anchored).toEqual([]);
    const attributes = { "harness.audit.origin": "logs.example/audit-s1.jsonl", "harness.audit.size": 20 };
    expect(spans[0]).toMatchObject(["harness.audit.checkpoint", { attributes }]);
  });

  test("one that fails is put on record and stops nothing", async () => {
    const failing: AuditAnchor = {
      name: "vault",
      publish() {
        throw new Error("no network");
      },
    };
    const { dir, path } = await writeSignedLog(temporaryDir(), { anchors: [failing] });
    const failures = readLines(path).filter(({ event_type: type }) => type === "anchor_failed");
    expect(failures[0]).toMatchObject({ data: { anchor: "vault: no network", size: 20 } });
    expect((await verifyAudit(dir)).ok).toBe(true);
  });
});

describe("createSigner()", () => {
  test.each([
    ["a key that is none", () => createSigner({ privateKey: "garbage" })],
    [
      "a key of another kind",
      () => createSigner({ privateKey: generateKeyPairSync("ec", { namedCurve: "P-256" }).privateKey }),
    ],
    ["a public key", () => createSigner({ privateKey: generateKeyPairSync("ed25519").publicKey })],
    ["a name with a space", () => makeSigner("two words")],
    ["a name with a plus", () => makeSigner("a+b")],
    ["an empty name", () => makeSigner("")],
  ])("refuses %s", (_name, make) => {
    let caught: unknown;
    try {
      make();
    } catch (error) {
      caught = error;
    }
    expect(HarnessError.isInstance(caught) && caught.code).toBe("config_invalid");
  });
});

/** RFC 6962, 2.1, as it is written there. */
function treeHash(leaves: readonly Buffer[]): Buffer {
  const digest = (...parts: readonly Uint8Array[]): Buffer => {
    const hash = createHash("sha256");
    for (const part of parts) hash.update(part);
    return hash.digest();
  };
  const [only] = leaves;
  if (only === undefined) return digest();
  if (leaves.length === 1) return digest(Buffer.from([0]), only);
  let split = 1;
  while (split * 2 < leaves.length) split *= 2;
  return digest(Buffer.from([1]), treeHash(leaves.slice(0, split)), treeHash(leaves.slice(split)));
}

function isThere(command: string): boolean {
  return (process.env["PATH"] ?? "").split(":").some((folder) => existsSync(join(folder, command)));
}
