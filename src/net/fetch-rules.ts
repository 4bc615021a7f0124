import { isIP } from "node:net";

import { normalizeHost, type HostLists } from "./host-list.ts";
import { isMetadataHost } from "./metadata-hosts.ts";
import { createAddressJudge } from "./private-address.ts";
import { refuseHost } from "./refuse-host.ts";

/** What a guarded fetch may reach. */
export interface FetchRules {
  /** Throws code "network_denied" for a URL that must not be asked for. */
  assertUrl(url: URL): void;
  /** Throws code "network_denied" for an address that `host` must not be reached at. */
  assertAddress(host: string, address: string): void;
}

/** Names that mean this machine or its network, whatever a resolver says. */
const PRIVATE_NAMES = /^(?:localhost|metadata)$|\.(?:localhost|local|internal|home\.arpa)$/u;

/** Makes the rules of lists and addresses. */
export function createFetchRules({ allowed, blocked, mayBePrivate }: HostLists): FetchRules {
  const judge = createAddressJudge();
  const isNamed = (host: string): boolean => mayBePrivate.names(host) || allowed?.names(host) === true;

  /** Its address under another name than its own is no less it. */
  const assertNoMetadata = (host: string, address: string): void => {
    if (!isMetadataHost(address) || isNamed(bracket(address)) || (isMetadataHost(host) && isNamed(host))) return;
    const what = host === bracket(address) ? "is" : `leads to ${address}, which is`;
    throw refuseHost(
      unbracket(host),
      `${what} a metadata service, which gives out credentials: only by its own name in allow or allowPrivate`,
    );
  };
  const assertAddress = (host: string, address: string): void => {
    assertNoMetadata(bracket(normalizeHost(host)), address);
    if (mayBePrivate.has(normalizeHost(host))) return;
    const reason = judge(address);
    if (reason !== undefined)
      throw refuseHost(host, host === address ? reason : `leads to ${address}, which ${reason}`);
  };
  return {
    assertAddress,
    assertUrl(url) {
      if (url.protocol !== "http:" && url.protocol !== "https:") {
        throw refuseHost(url.href.slice(0, 200), "has another scheme than http: and https:");
      }
      const host = normalizeHost(url.hostname);
      // Words before an "@" look like the host to whoever reads a log or a question.
      if (url.username !== "" || url.password !== "")
        throw refuseHost(host, "comes with a user name or password in the URL");
      if (blocked.has(host)) throw refuseHost(host, "is on the block list");
      if (allowed !== undefined && !allowed.has(host)) throw refuseHost(host, "is not on the allow list");
      assertNoMetadata(host, unbracket(host));
      if (PRIVATE_NAMES.test(host) && !mayBePrivate.has(host)) throw refuseHost(host, "is a name of a private network");
      const literal = unbracket(host);
      // Resolvers are not asked about literal addresses: they have to be judged here.
      if (isIP(literal) !== 0 && !mayBePrivate.has(host)) assertAddress(literal, literal);
    },
  };
}

/** An address as lists and URLs write it. */
function bracket(address: string): string {
  return isIP(address) === 6 ? normalizeHost(new URL(`http://[${address.replace(/%.*$/u, "")}]/`).hostname) : address;
}

/** An address without the brackets that URLs put around IPv6. */
export function unbracket(host: string): string {
  return host.startsWith("[") ? host.slice(1, -1) : host;
}
