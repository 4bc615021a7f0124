import type { RangeSource, SecretFinder, SecretRange } from "./text-range.ts";

/** A run of base64 in which a short token has room. What is longer than the bound goes on as a token. */
const RUN = /[A-Za-z0-9+/_-]{24,10000}={0,2}/g;
/** Most texts have none. */
const ANY_RUN = /[A-Za-z0-9+/_-]{24}/;
/** Characters whose bytes tell whether a run is text at all: nine bytes of chance are printable once in thousands. */
const PROBE = 12;
const MAX_DEPTH = 2;

/**
 * Finds runs of base64 that hold a secret when they are decoded, as `docker inspect`, `kubectl get secret` and
 * `base64 .env` print them. The whole run is taken: its parts make no sense without each other.
 */
export function createEncodedSource(find: SecretFinder): RangeSource {
  return (text, found) => addEncoded(text, found, { find, depth: 1 });
}

function addEncoded(
  text: string,
  found: SecretRange[],
  { find, depth }: { readonly find: SecretFinder; readonly depth: number },
): void {
  if (!ANY_RUN.test(text)) return;
  for (const { 0: run, index } of text.matchAll(RUN)) {
    if (!isText(run.slice(0, PROBE))) continue;
    const decoded = Buffer.from(run, "base64").toString("latin1");
    if (!holdsSecret(decoded, { find, depth })) continue;
    found.push({ from: index, start: index, end: index + run.length, kind: "encoded_secret", rest: "token" });
  }
}

function holdsSecret(
  decoded: string,
  { find, depth }: { readonly find: SecretFinder; readonly depth: number },
): boolean {
  if (find(decoded).length > 0) return true;
  if (depth >= MAX_DEPTH) return false;
  const inner: SecretRange[] = [];
  addEncoded(decoded, inner, { find, depth: depth + 1 });
  return inner.length > 0;
}

function isText(run: string): boolean {
  for (const byte of Buffer.from(run, "base64")) {
    if ((byte < 0x20 && byte !== 0x09 && byte !== 0x0a && byte !== 0x0d) || byte > 0x7e) return false;
  }
  return true;
}
