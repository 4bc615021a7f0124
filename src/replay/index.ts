export { describeReport } from "./describe-report.ts";
export { readRecording } from "./read-recording.ts";
export { recordedModel } from "./recorded-model.ts";
export type { RecordedCall, RecordedRun, RecordedTurn, Recording } from "./recording.ts";
export type { Divergence, DivergencePlace, ReplayReport } from "./replay-report.ts";
export { replaySession, type ReplayOptions } from "./replay-session.ts";
