export { isPromise } from "./is-promise.ts";
export { loadOnce } from "./load-once.ts";
export { LoopTurns } from "./loop-turns.ts";
export { createQueue, type Queue, type QueueMode, type QueueOptions } from "./queue.ts";
export { raceSignal } from "./race-signal.ts";
export { openSignalScope, type SignalScope, type SignalScopeOptions } from "./scope.ts";
export { startTimer } from "./timer.ts";
export { systemClock, systemRandom } from "./system.ts";
