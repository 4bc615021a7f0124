import type { Cleaner } from "./clean-json.ts";
import type { RecordBody } from "./seal-record.ts";

/** What a logger adds to its log. */
export interface AppendedRecord extends Pick<
  RecordBody,
  "type" | "sessionId" | "agent" | "callId" | "tool" | "cost" | "contentJson"
> {
  /** Cleaned before they are written. */
  readonly facts: object;
  /** More fields of the facts, as JSON that was cleaned: `"name":…`. */
  readonly more?: string | undefined;
  /** Cleaned before it is written; in its stead, `contentJson` is content that was cleaned. */
  readonly content?: object | undefined;
}

/** Makes a record fit to be written. What the cleaner throws goes on. */
export function cleanRecord(
  { type, sessionId, agent, callId, tool, cost, facts, more, content, contentJson }: AppendedRecord,
  { cleaner, timestamp }: { readonly cleaner: Cleaner; readonly timestamp: string },
): RecordBody {
  const factsJson = cleaner.object(facts);
  return {
    timestamp,
    type,
    sessionId,
    agent,
    callId,
    tool,
    cost,
    dataJson: more === undefined ? factsJson : `${factsJson.slice(0, -1)},${more}}`,
    contentJson: content === undefined ? contentJson : cleaner.object(content),
  };
}
