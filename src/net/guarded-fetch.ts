import { openSignalScope, type SignalScope } from "../async/index.ts";
import { checkKnownNames, HarnessError } from "../errors/index.ts";
import { nextHop, redirectTarget, type FetchHop } from "./fetch-hop.ts";
import type { GuardedAgent } from "./guarded-agent.ts";
import { FETCH_OPTION_NAMES, type GuardedFetchOptions } from "./guarded-fetch-options.ts";
import { readHostLists } from "./host-list.ts";
import { limitBody } from "./limit-body.ts";
import { refuseHost } from "./refuse-host.ts";

/** What a guarded fetch works with. */
interface GuardedClient {
  readonly guarded: GuardedAgent;
  readonly maxBytes: number;
  readonly timeoutMs: number;
  readonly maxRedirects: number;
}

/**
 * Makes a `fetch` that a model may aim: http and https only, no private or reserved address (checked on literal
 * addresses and on every address a name resolves to, when the connection is made), every redirect checked anew,
 * credentials dropped between origins, time and size bounded. Request bodies are held in memory. Proxies of the
 * environment are not used.
 * A refusal rejects with code "network_denied" that names host and reason, a time-out with code "timeout", an abort
 * with `signal.reason`; anything else is the `TypeError` of `fetch`.
 *
 * @example
 * ```ts
 * import { createGuardedFetch } from "harness-agent/net";
 *
 * const guarded = createGuardedFetch({ allow: ["example.com", "*.example.com"] });
 * await guarded("http://169.254.169.254/").catch((error: Error) => console.log(error.message));
 * ```
 */
export function createGuardedFetch(options: GuardedFetchOptions = {}): typeof fetch {
  checkKnownNames("createGuardedFetch()", options, FETCH_OPTION_NAMES);
  const { maxBytes = 10 * 1024 * 1024, timeoutMs = 30_000, maxRedirects = 5, lookup } = options;
  assertCount(maxBytes, "maxBytes");
  assertCount(timeoutMs, "timeoutMs");
  assertCount(maxRedirects, "maxRedirects");
  const lists = readHostLists(options);
  let opened: Promise<GuardedAgent> | undefined;
  const open = async (): Promise<GuardedAgent> => {
    // DNS, sockets and undici are loaded when the first fetch needs them.
    const { openGuardedAgent } = await import("./guarded-agent.ts");
    return await openGuardedAgent(lists, lookup);
  };
  return async (input, init) => {
    opened ??= open();
    const guarded = await opened;
    // Before the standard's own checks: a refusal has one form.
    guarded.rules.assertUrl(new URL(input instanceof Request ? input.url : input));
    return await fetchGuarded(new Request(input, init), { guarded, maxBytes, timeoutMs, maxRedirects });
  };
}

async function fetchGuarded(request: Request, client: GuardedClient): Promise<Response> {
  const { timeoutMs } = client;
  const scope = openSignalScope([request.signal], {
    timeoutMs,
    timeoutReason: () => new HarnessError(`No whole answer came within ${timeoutMs} ms`, { code: "timeout" }),
  });
  try {
    scope.signal.throwIfAborted();
    return await followHops(request, client, scope);
  } catch (error) {
    scope[Symbol.dispose]();
    if (scope.signal.aborted) throw scope.signal.reason;
    throw findRefusal(error) ?? error;
  }
}

async function followHops(request: Request, client: GuardedClient, scope: SignalScope): Promise<Response> {
  const body = request.body === null ? undefined : new Uint8Array(await request.arrayBuffer());
  let hop: FetchHop = { url: new URL(request.url), method: request.method, headers: request.headers, body };
  for (let count = 0; ; count += 1) {
    const answer = await sendHop(hop, client, scope);
    const target = request.redirect === "manual" ? undefined : redirectTarget(answer.status, answer.headers, hop.url);
    if (target === undefined) return toResponse(answer, { client, scope, hop, isRedirected: count > 0 });
    await answer.body?.cancel();
    if (request.redirect === "error") throw new TypeError(`${hop.url.host} redirects, which the request does not want`);
    if (count >= client.maxRedirects)
      throw refuseHost(hop.url.hostname, `redirects more than ${client.maxRedirects} times`);
    client.guarded.rules.assertUrl(target);
    hop = nextHop(hop, answer.status, target);
  }
}

/** The answer of undici's own fetch: not the global class. */
type Answer = Awaited<ReturnType<GuardedAgent["fetch"]>>;

async function sendHop(
  { url, method, headers, body }: FetchHop,
  client: GuardedClient,
  scope: SignalScope,
): Promise<Answer> {
  const { agent, fetch } = client.guarded;
  return await fetch(url, {
    method,
    headers: [...headers],
    ...(body === undefined ? {} : { body }),
    redirect: "manual",
    dispatcher: agent,
    signal: scope.signal,
  });
}

interface ResponseParts {
  readonly client: GuardedClient;
  readonly scope: SignalScope;
  readonly hop: FetchHop;
  readonly isRedirected: boolean;
}

function toResponse(answer: Answer, { client, scope, hop, isRedirected }: ResponseParts): Response {
  const { maxBytes } = client;
  const onEnd = (): void => scope[Symbol.dispose]();
  const tooLarge = (): Error => refuseHost(hop.url.hostname, `answers with more than ${maxBytes} bytes`);
  const body =
    answer.body === null
      ? null
      : limitBody(answer.body.getReader(), { maxBytes, tooLarge, onEnd, signal: scope.signal });
  if (body === null) onEnd();
  const head = { status: answer.status, statusText: answer.statusText, headers: [...answer.headers] };
  const response = new Response(body, head as ResponseInit);
  // The constructor leaves both empty.
  Object.defineProperty(response, "url", { value: hop.url.href });
  Object.defineProperty(response, "redirected", { value: isRedirected });
  return response;
}

/** undici puts what its connection failed of below a "fetch failed". */
function findRefusal(error: unknown): HarnessError | undefined {
  let current = error;
  for (let depth = 0; depth < 5 && current instanceof Error; depth += 1) {
    if (HarnessError.isInstance(current)) return current;
    current = current.cause;
  }
  return undefined;
}

function assertCount(value: number, name: string): void {
  if (Number.isSafeInteger(value) && value >= 0) return;
  throw new RangeError(`${name} must be a whole number from 0 on, not ${String(value)}`);
}
