import { HarnessError } from "../errors/index.ts";

/** Whether the reason of an abort is that the run is put aside. What is open then stays open: it is neither cancelled nor denied. */
export function isParked(reason: unknown): boolean {
  return HarnessError.isInstance(reason) && reason.code === "paused";
}
