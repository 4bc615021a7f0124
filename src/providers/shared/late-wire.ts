import type { RequestWire } from "./request-wire.ts";

/** A wire that is opened at the first call and kept. */
export interface LateWire {
  /** Opens the wire; `undefined` when it is open. Rejects with what opening throws: the next call tries again. */
  open(): Promise<unknown> | undefined;
  /** Sends over the wire, which must be open. */
  readonly send: RequestWire;
}

/** Makes a wire of what opens it. */
export function openLate(openWire: () => Promise<RequestWire>): LateWire {
  let wire: RequestWire | undefined;
  let pending: Promise<void> | undefined;

  const openOnce = async (): Promise<void> => {
    try {
      wire = await openWire();
    } finally {
      pending = undefined;
    }
  };

  return {
    open: () => (wire === undefined ? (pending ??= openOnce()) : undefined),
    send(body, call) {
      if (wire === undefined) throw new Error("The wire is not open");
      return wire(body, call);
    },
  };
}
