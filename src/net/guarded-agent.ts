import { lookup as systemLookup } from "node:dns/promises";
import { isIP, type LookupFunction } from "node:net";

import type { Agent, buildConnector } from "undici";

import { createFetchRules, unbracket, type FetchRules } from "./fetch-rules.ts";
import type { HostLists } from "./host-list.ts";

/** Finds all addresses of a host. */
export type HostLookup = (host: string) => Promise<readonly string[]>;

/** The rules, and a `fetch` with an agent that keeps them. */
export interface GuardedAgent {
  readonly rules: FetchRules;
  readonly agent: Agent;
  readonly fetch: typeof import("undici").fetch;
}

/** Loads undici and opens an agent whose every connection goes to an address that the lists permit. */
export async function openGuardedAgent(lists: HostLists, lookup: HostLookup = lookupAll): Promise<GuardedAgent> {
  const rules = createFetchRules(lists);
  const undici = await import("undici");
  const connect = undici.buildConnector({ lookup: guardLookup(rules, lookup), allowH2: false });
  const guarded: buildConnector.connector = (options, callback) => {
    const host = unbracket(options.hostname);
    try {
      // `lookup` is not called for literal addresses.
      if (isIP(host) !== 0) rules.assertAddress(options.hostname, host);
    } catch (error) {
      callback(asError(error), null);
      return;
    }
    connect(options, callback);
  };
  // One agent a policy: a connection must not serve rules that did not judge it. No proxy from the environment either,
  // since a proxy would resolve names itself.
  return { rules, agent: new undici.Agent({ connect: guarded }), fetch: undici.fetch };
}

/** Resolves and judges in one step: what was judged is dialled, a second answer of the resolver is never asked for. */
function guardLookup(rules: FetchRules, lookup: HostLookup): LookupFunction {
  return (host, options, callback) => {
    const answer = async (): Promise<void> => {
      const addresses = (await lookup(host)).map((address) => ({ address, family: isIP(address) }));
      const [first] = addresses;
      if (first === undefined) throw Object.assign(new Error(`No address for ${host}`), { code: "ENOTFOUND" });
      // All of them: which one is dialled depends on chance.
      for (const { address } of addresses) rules.assertAddress(host, address);
      if (options.all === true) callback(null, addresses);
      else callback(null, first.address, first.family);
    };
    answer().catch((error: unknown) => callback(asError(error), []));
  };
}

async function lookupAll(host: string): Promise<readonly string[]> {
  return (await systemLookup(host, { all: true })).map(({ address }) => address);
}

function asError(error: unknown): Error {
  return error instanceof Error ? error : new Error(String(error));
}
