import { hash, randomFillSync } from "node:crypto";

/** A record before it has its place in a chain. Texts that are JSON already are spliced in as they are. */
export interface RecordBody {
  /** ISO 8601, UTC, milliseconds. */
  readonly timestamp: string;
  readonly type: string;
  readonly sessionId: string;
  readonly agent: string;
  readonly callId?: string | undefined;
  readonly tool?: string | undefined;
  readonly cost?: number | undefined;
  /** The facts: a JSON object as a text. */
  readonly dataJson: string;
  /** What may be erased: a JSON object as a text. */
  readonly contentJson?: string | undefined;
}

/** A sealed record: its line without the line end in two pieces, which nobody needs to join, and its hash. */
export interface SealedRecord {
  readonly body: string;
  readonly seal: string;
  readonly hash: string;
}

/** What the first record of a file has as `prev`. */
export const GENESIS = "0".repeat(64);

/**
 * Puts a record into the chain. A line is `<body>,"hash":"<hash>"}`, or, with content beside,
 * `<body>,"hash":"<hash>","salt":"<salt>","content":<JSON>}`. The hash is SHA-256 over the UTF-8 bytes `<body>}`; the body
 * holds `prev`, the hash of the record before, and for content its `commitment`, SHA-256 over the salt and the bytes of
 * the content together. So the content can go without touching the chain, and nobody can guess it from what stays.
 *
 * The bytes as they are stored count: nothing needs to be parsed or put into a canonical form to be verified. The first
 * `,"hash":"` of a line is its seal: a key of that name within the facts is written with an escape.
 */
export function sealRecord(
  body: RecordBody,
  { seq, prev, salt }: { readonly seq: number; readonly prev: string; readonly salt: () => string },
): SealedRecord {
  const { contentJson, dataJson } = body;
  const facts = dataJson.includes(SEAL_START) ? dataJson.replaceAll(SEAL_START, ',"\\u0068ash":"') : dataJson;
  const head = `${headOf(body, seq)},"data":${facts}`;
  if (contentJson === undefined) return seal(`${head},"prev":"${prev}"}`, "");
  const grain = salt();
  const closed = `${head},"commitment":"${commit(grain, contentJson)}","prev":"${prev}"}`;
  return seal(closed, `,"salt":"${grain}","content":${contentJson}`);
}

function seal(closed: string, beside: string): SealedRecord {
  const digest = hash("sha256", closed);
  return { body: closed.slice(0, -1), seal: `${SEAL_START}${digest}"${beside}}`, hash: digest };
}

/** How a line's seal begins. */
export const SEAL_START = ',"hash":"';

/** What a content is committed by: SHA-256 in hex over salt and content, one after the other. */
export function commit(salt: string, content: string): string {
  return hash("sha256", salt + content);
}

function headOf({ timestamp, type, sessionId, agent, callId, tool, cost }: RecordBody, seq: number): string {
  const head = {
    v: 2,
    seq,
    timestamp,
    event_type: type,
    session_id: sessionId,
    agent,
    call_id: callId,
    tool,
    // No cost is no field, never null: whoever adds costs up must not stumble.
    cost: Number.isFinite(cost) ? cost : undefined,
  };
  return JSON.stringify(head).slice(0, -1);
}

const SALT_BYTES = 16;
const POOL_BYTES = 256 * SALT_BYTES;

/** Gives salts, each of 16 random bytes in base64url. Randomness is fetched for many at once: it is dear by the piece. */
export function createSalter(): () => string {
  const pool = Buffer.allocUnsafe(POOL_BYTES);
  let used = POOL_BYTES;
  return () => {
    if (used === POOL_BYTES) {
      randomFillSync(pool);
      used = 0;
    }
    used += SALT_BYTES;
    return pool.toString("base64url", used - SALT_BYTES, used);
  };
}
