import { HostRequests } from "./host-requests.ts";

/** What became of a request to make the history shorter. */
export type CompactReceipt =
  | { readonly status: "compacted"; readonly tokensBefore: number; readonly tokensAfter: number }
  | { readonly status: "not_compacted"; readonly reason: string };

/** Requests of the host to make the history of a run shorter: done at the next border of a turn. */
export type CompactionRequests = HostRequests<void, CompactReceipt>;

const refuse = (reason: string): CompactReceipt => ({ status: "not_compacted", reason });

/** Makes the requests of one run. */
export function createCompactionRequests(): CompactionRequests {
  return new HostRequests(refuse);
}
