import { sha256 } from "../digest/index.ts";

/** What the chain of a session begins with. */
export const CHAIN_START = "0".repeat(64);

/** What of an event the chain covers: everything, with its data as the JSON text that is kept. */
export interface ChainLink {
  readonly v: number;
  readonly type: string;
  readonly at: number;
  readonly data: string;
}

/** The hash of an event: covers the hash before it, so that an edit, a gap or another order shows. */
export function linkHash(before: string, { v, type, at, data }: ChainLink): string {
  return sha256(`${before}${JSON.stringify([v, type, at])}${data}`);
}
