import { createHash, createPrivateKey, createPublicKey, sign, verify, type KeyObject } from "node:crypto";

import { HarnessError } from "../errors/index.ts";

/** Signs checkpoints. The name tells whose logs they are: a name without spaces and "+", best like a URL. */
export interface CheckpointSigner {
  readonly name: string;
  /** The Ed25519 key that others verify with. */
  readonly publicKey: KeyObject;
  /** An Ed25519 signature over the bytes of a text, 64 bytes. */
  sign(text: string): Uint8Array;
}

/** Options of `createSigner`. */
export interface SignerOptions {
  /** An Ed25519 private key: PEM (PKCS #8), or a `KeyObject`. */
  readonly privateKey: string | KeyObject;
  /** @default "harness-audit" */
  readonly name?: string;
}

/** Ed25519 in a signed note: https://c2sp.org/signed-note. */
const ED25519 = 1;
const NAME = /^[^\s+\p{Z}\p{C}]{1,200}$/u;

/**
 * Makes a signer of a private key. Throws code "config_invalid" for a key that is not Ed25519, and for a name that a
 * signed note cannot carry.
 */
export function createSigner({ privateKey, name = "harness-audit" }: SignerOptions): CheckpointSigner {
  if (!NAME.test(name)) throw invalid(`The name of a signer has no spaces and no "+", got ${JSON.stringify(name)}`);
  const key = typeof privateKey === "string" ? readKey(() => createPrivateKey(privateKey)) : privateKey;
  if (key.asymmetricKeyType !== "ed25519" || key.type !== "private") {
    throw invalid("A signer needs an Ed25519 private key: openssl genpkey -algorithm ed25519");
  }
  return { name, publicKey: createPublicKey(key), sign: (text) => sign(null, Buffer.from(text), key) };
}

/** Reads a public key: PEM (SPKI), a verifier key of C2SP ("name+id+base64"), or a `KeyObject`. Throws code "config_invalid". */
export function readPublicKey(key: string | KeyObject): KeyObject {
  if (typeof key !== "string") return key;
  const verifierKey = /^[^\s+]+\+[0-9a-f]{8}\+([A-Za-z0-9+/=]+)$/.exec(key.trim())?.[1];
  const read = readKey(() => {
    if (verifierKey === undefined) return createPublicKey(key);
    const bytes = Buffer.from(verifierKey, "base64");
    if (bytes.length !== 33 || bytes[0] !== ED25519) throw new TypeError("not Ed25519");
    return createPublicKey({ format: "jwk", key: { kty: "OKP", crv: "Ed25519", x: bytes.toString("base64url", 1) } });
  });
  if (read.asymmetricKeyType !== "ed25519") throw invalid("The public key of an audit log is an Ed25519 key");
  return read;
}

/** The verifier key of a log for other tools that read signed notes: `<name>+<id>+<base64>`. */
export function verifierKeyOf(name: string, publicKey: KeyObject): string {
  const bytes = rawKeyOf(publicKey);
  const coded = Buffer.concat([Buffer.from([ED25519]), bytes]).toString("base64");
  return `${name}+${keyIdOf(name, bytes).toString("hex")}+${coded}`;
}

/** Signs a text that ends with a line end. `name` is the name of the key in the note. */
export function signNote(text: string, name: string, signer: CheckpointSigner): string {
  const id = keyIdOf(name, rawKeyOf(signer.publicKey));
  const coded = Buffer.concat([id, signer.sign(text)]).toString("base64");
  return `${text}\n— ${name} ${coded}\n`;
}

/** A note as it was read; nothing of it is verified. */
export interface SignedNote {
  /** With its last line end. */
  readonly text: string;
  readonly signatures: readonly NoteSignature[];
}

interface NoteSignature {
  readonly name: string;
  readonly id: Buffer;
  readonly bytes: Buffer;
}

/** Reads a note; `undefined` for a text that is none. */
export function parseNote(note: string): SignedNote | undefined {
  const border = note.lastIndexOf("\n\n");
  if (border === -1 || !note.endsWith("\n") || note.length > 1_000_000) return undefined;
  const signatures = note
    .slice(border + 2, -1)
    .split("\n")
    .map((line) => readSignature(line));
  const known = signatures.filter((signature) => signature !== undefined);
  return known.length === signatures.length ? { text: note.slice(0, border + 1), signatures: known } : undefined;
}

function readSignature(line: string): NoteSignature | undefined {
  const [, name, coded] = /^— ([^\s+]+) ([A-Za-z0-9+/]+={0,2})$/.exec(line) ?? [];
  if (name === undefined || coded === undefined) return undefined;
  const bytes = Buffer.from(coded, "base64");
  // The last character has bits that say nothing: there is one way to write a signature.
  if (bytes.toString("base64") !== coded) return undefined;
  return bytes.length < 5 ? undefined : { name, id: bytes.subarray(0, 4), bytes: bytes.subarray(4) };
}

/** Whether a note is signed by a key under a name. Signatures of others, witnesses for example, don't matter. */
export function isSignedBy({ text, signatures }: SignedNote, name: string, publicKey: KeyObject): boolean {
  const own = signatures.filter((signature) => signature.name === name && isOf(signature, publicKey));
  return own.length > 0 && own.every(({ bytes }) => verify(null, Buffer.from(text), publicKey, bytes));
}

/** Whether a note bears a signature of a key, under whatever name; whether it holds is another question. */
export function bearsKey({ signatures }: SignedNote, publicKey: KeyObject): boolean {
  return signatures.some((signature) => isOf(signature, publicKey));
}

function isOf({ name, id }: NoteSignature, publicKey: KeyObject): boolean {
  return id.equals(keyIdOf(name, rawKeyOf(publicKey)));
}

function keyIdOf(name: string, publicKey: Uint8Array): Buffer {
  return createHash("sha256")
    .update(`${name}\n`)
    .update(Buffer.from([ED25519]))
    .update(publicKey)
    .digest()
    .subarray(0, 4);
}

function rawKeyOf(publicKey: KeyObject): Buffer {
  return Buffer.from(publicKey.export({ format: "jwk" }).x ?? "", "base64url");
}

function readKey(read: () => KeyObject): KeyObject {
  try {
    return read();
  } catch (error) {
    throw invalid("The key of the audit log cannot be read: it must be an Ed25519 key in PEM", error);
  }
}

function invalid(message: string, cause?: unknown): HarnessError {
  return new HarnessError(message, { code: "config_invalid", cause });
}
