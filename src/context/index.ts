export { chooseCut } from "./choose-cut.ts";
export {
  planCompaction,
  readWritten,
  SUMMARY_SYSTEM,
  writeSummaryPrompt,
  type CompactionOptions,
  type CompactionPlan,
} from "./compaction.ts";
export { applyEdit, type HistoryEdit } from "./history-edit.ts";
export { sizeOfMessage, sizeOfMessages } from "./message-size.ts";
export { EMPTY_SUMMARY, readSummary, writeSummary, type Summary, type SummarySection } from "./summary.ts";
export { collectFacts, type WrittenPaths } from "./summary-facts.ts";
export { trimResults, type Trim, type TrimOptions } from "./trim-results.ts";
