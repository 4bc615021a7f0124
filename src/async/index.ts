export { createQueue, type Queue, type QueueOptions } from "./queue.ts";
export { raceSignal } from "./race-signal.ts";
export { openSignalScope, type SignalScope, type SignalScopeOptions } from "./scope.ts";
