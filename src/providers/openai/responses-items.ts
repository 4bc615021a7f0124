import { asNumber, asObject, asString, type WireObject } from "../shared/index.ts";
import { createOpenItem, type OpenItem } from "./responses-item.ts";

/** The output items of a response in the vendor's order. */
export interface OpenItems {
  /** The item that an event speaks of; made when it is new. */
  find(event: WireObject): OpenItem;
  /** Takes an item of the finished response: ends the one that streamed without an end, or adds one that never streamed. */
  complete(item: WireObject): void;
  readonly all: readonly OpenItem[];
}

/** Items are told apart by their place in the output; servers that leave it out are followed by item id. */
export function createOpenItems(): OpenItems {
  const byKey = new Map<number | string, OpenItem>();

  const findByKey = (key: number | string): OpenItem => {
    const known = byKey.get(key);
    if (known !== undefined) return known;
    const open = createOpenItem(`call_${byKey.size}`);
    byKey.set(key, open);
    return open;
  };

  return {
    find(event) {
      const id = asString(event["item_id"]) ?? asString(asObject(event["item"])?.["id"]) ?? "";
      return findByKey(asNumber(event["output_index"]) ?? id);
    },
    complete(item) {
      const open = [...byKey.values()].find((candidate) => isSame(candidate.item, item));
      const target = open ?? findByKey(`late ${byKey.size}`);
      if (target.isDone) return;
      target.item = item;
      target.isDone = true;
    },
    get all() {
      return [...byKey].toSorted(([left], [right]) => comparePlaces(left, right)).map(([, open]) => open);
    },
  };
}

/** Numbers in order, then what has no place, as it came. */
function comparePlaces(left: number | string, right: number | string): number {
  if (typeof left === "number" && typeof right === "number") return left - right;
  return Number(typeof left === "string") - Number(typeof right === "string");
}

/** The finished response counts its output anew, so only ids and types compare. */
function isSame(known: WireObject | undefined, item: WireObject): boolean {
  if (known === undefined || known["type"] !== item["type"]) return false;
  for (const key of ["call_id", "id"]) {
    if (known[key] !== undefined && item[key] !== undefined) return known[key] === item[key];
  }
  return true;
}
