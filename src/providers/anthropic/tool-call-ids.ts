import { createHash } from "node:crypto";

/** The ids under which the calls of one history are replayed. */
export interface ToolCallIds {
  /** A new call: an id in the API's form that no other call of the history has. */
  add(id: string): string;
  /** The id of the latest call that the history knows by this id. */
  find(id: string): string;
}

const ALLOWED = /^[a-zA-Z0-9_-]+$/;

/**
 * Starts the table of a history. Ids of other vendors may have a form that the API refuses, and may come again in each
 * turn where a vendor has none; the same history always gets the same ids.
 */
export function createToolCallIds(): ToolCallIds {
  const used = new Set<string>();
  const latest = new Map<string, string>();
  return {
    add(id) {
      const base = toAllowed(id);
      let unique = base;
      for (let number = 2; used.has(unique); number += 1) unique = `${base}_${number}`;
      used.add(unique);
      latest.set(id, unique);
      return unique;
    },
    find: (id) => latest.get(id) ?? toAllowed(id),
  };
}

function toAllowed(id: string): string {
  return ALLOWED.test(id) ? id : `call_${createHash("sha256").update(id).digest("hex").slice(0, 32)}`;
}
