export type { AgentRun, OutputSpec } from "./agent-run.ts";
export { createEmitter, type Emitter, type MessageBody, type MessageSink } from "./emitter.ts";
export { createHistory, type History } from "./history.ts";
export { runAgent, type AgentEnd } from "./run-agent.ts";
export type { StallOptions } from "./stall.ts";
export { createSteering, type Steering, type SteerReceipt } from "./steering.ts";
export { causeOf, createStop, type StopCause, type StopSource } from "./stop.ts";
export { createTotals, type CostOf, type Totals } from "./totals.ts";
