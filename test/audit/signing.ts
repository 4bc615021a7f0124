import { generateKeyPairSync } from "node:crypto";

import {
  AuditLogger,
  callbackAnchor,
  createSigner,
  type AuditLoggerOptions,
  type CheckpointSigner,
} from "../../src/audit/index.ts";
import { allowed, makeCall } from "./audit-files.ts";

/** A signer with its public key in PEM. */
export function makeSigner(name = "logs.example"): { readonly signer: CheckpointSigner; readonly publicKey: string } {
  const { privateKey, publicKey } = generateKeyPairSync("ed25519");
  return {
    signer: createSigner({ privateKey, name }),
    publicKey: String(publicKey.export({ type: "spki", format: "pem" })),
  };
}

/** A log that was closed, with facts and content, signed and anchored. */
export interface SignedLog {
  readonly dir: string;
  readonly path: string;
  readonly publicKey: string;
  readonly signer: CheckpointSigner;
  /** Every checkpoint that went to the anchor, in order. */
  readonly anchored: readonly string[];
}

/** Writes a log of fifty records, with checkpoints on the way. */
export async function writeSignedLog(
  dir: string,
  options: Partial<AuditLoggerOptions> = {},
  { signer, publicKey } = makeSigner(),
): Promise<SignedLog> {
  const anchored: string[] = [];
  const anchors = [callbackAnchor(({ note }) => void anchored.push(note))];
  const audit = new AuditLogger({
    dir,
    sessionId: "s1",
    signer,
    anchors,
    checkpointEvery: 20,
    sync: "never",
    ...options,
  });
  const scope = { sessionId: "s1", agent: "main" };
  for (let count = 0; count < 20; count += 1) audit.append({ type: "host_event", ...scope, data: { count } });
  await audit.checkpoint();
  for (let count = 0; count < 10; count += 1) {
    const { call, prepared, result } = makeCall({ command: `echo person-${count}@example.com`, hash: "x", salt: "y" });
    const entry = await audit.openCall(call, scope);
    await entry.effect(prepared, allowed);
    await entry.close(result, []);
  }
  await audit.close();
  return { dir, path: audit.path, publicKey, signer, anchored };
}
