/** One request of a chain of redirects; its body is in memory, so that it can be sent again. */
export interface FetchHop {
  readonly url: URL;
  readonly method: string;
  readonly headers: Headers;
  readonly body: Uint8Array<ArrayBuffer> | undefined;
}

/** Where an answer sends the client; `undefined` when it doesn't. Throws a `TypeError` for a target that is no URL. */
export function redirectTarget(
  status: number,
  headers: { get(name: string): string | null },
  url: URL,
): URL | undefined {
  if (![301, 302, 303, 307, 308].includes(status)) return undefined;
  const location = headers.get("location");
  if (location === null) return undefined;
  if (!URL.canParse(location, url.href)) throw new TypeError(`${url.host} redirects to something that is not a URL`);
  return new URL(location, url);
}

const BODY_HEADERS = ["content-type", "content-length", "content-encoding", "content-language", "content-location"];
const CREDENTIALS = [
  "authorization",
  "cookie",
  "proxy-authorization",
  "host",
  "x-api-key",
  "x-goog-api-key",
  "api-key",
];

/** The next request, as the fetch standard has it; credentials don't travel to another origin. */
export function nextHop(hop: FetchHop, status: number, url: URL): FetchHop {
  const headers = new Headers(hop.headers);
  if (url.origin !== hop.url.origin) for (const name of CREDENTIALS) headers.delete(name);
  const becomesGet =
    (status === 303 && hop.method !== "GET" && hop.method !== "HEAD") ||
    ((status === 301 || status === 302) && hop.method === "POST");
  if (!becomesGet) return { ...hop, url, headers };
  for (const name of BODY_HEADERS) headers.delete(name);
  return { url, method: "GET", headers, body: undefined };
}
