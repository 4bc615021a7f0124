import { isIP } from "node:net";

import { HarnessError } from "../errors/index.ts";
import { createHostList, normalizeHost } from "./host-list.ts";
import { createAddressJudge } from "./private-address.ts";

/** What a guarded fetch may reach. */
export interface FetchRules {
  /** Throws code "network_denied" for a URL that must not be asked for. */
  assertUrl(url: URL): void;
  /** Throws code "network_denied" for an address that `host` must not be reached at. */
  assertAddress(host: string, address: string): void;
}

/** Options of `createFetchRules`. */
export interface FetchRulesOptions {
  readonly allow?: readonly string[] | undefined;
  readonly block?: readonly string[] | undefined;
  readonly allowPrivate?: boolean | readonly string[] | undefined;
}

/** Names that mean this machine or its network, whatever a resolver says. */
const PRIVATE_NAMES = /^(?:localhost|metadata)$|\.(?:localhost|local|internal|home\.arpa)$/u;

/** Makes the rules of lists and addresses. */
export function createFetchRules({ allow, block = [], allowPrivate = false }: FetchRulesOptions): FetchRules {
  const allowed = allow === undefined ? undefined : createHostList(allow, { name: "allow" });
  const blocked = createHostList(block, { name: "block", includesBelow: true });
  const privateHosts = createHostList(typeof allowPrivate === "boolean" ? [] : allowPrivate, { name: "allowPrivate" });
  const mayBePrivate = (host: string): boolean => allowPrivate === true || privateHosts.has(host);
  const judge = createAddressJudge();

  const assertAddress = (host: string, address: string): void => {
    if (mayBePrivate(normalizeHost(host))) return;
    const reason = judge(address);
    if (reason !== undefined) throw refuse(host, host === address ? reason : `leads to ${address}, which ${reason}`);
  };
  return {
    assertAddress,
    assertUrl(url) {
      if (url.protocol !== "http:" && url.protocol !== "https:") {
        throw refuse(url.href.slice(0, 200), "has another scheme than http: and https:");
      }
      const host = normalizeHost(url.hostname);
      // Words before an "@" look like the host to whoever reads a log or a question.
      if (url.username !== "" || url.password !== "") throw refuse(host, "comes with a user name or password in the URL");
      if (blocked.has(host)) throw refuse(host, "is on the block list");
      if (allowed !== undefined && !allowed.has(host)) throw refuse(host, "is not on the allow list");
      if (PRIVATE_NAMES.test(host) && !mayBePrivate(host)) throw refuse(host, "is a name of a private network");
      const literal = unbracket(host);
      // Resolvers are not asked about literal addresses: they have to be judged here.
      if (isIP(literal) !== 0 && !mayBePrivate(host)) assertAddress(literal, literal);
    },
  };
}

/** An address without the brackets that URLs put around IPv6. */
export function unbracket(host: string): string {
  return host.startsWith("[") ? host.slice(1, -1) : host;
}

/** A refusal that names the host and the reason. */
export function refuse(host: string, reason: string): HarnessError {
  return new HarnessError(`Network access refused: "${host}" ${reason}`, { code: "network_denied" });
}
