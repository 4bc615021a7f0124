import { existsSync, readFileSync, readdirSync } from "node:fs";
import { describe, expect, it } from "vitest";

import { openServer, writePieces } from "../../net/loopback-server.ts";
import { modelFor, readAll, toFrames } from "./conversation.ts";

const FOLDER = new URL("../../../../shared/fixtures/streams/anthropic/", import.meta.url);
const isThere = existsSync(FOLDER);
const mustRun = process.env["HARNESS_REQUIRE_SERVICES"] === "1";
const files = isThere ? readdirSync(FOLDER).filter((name) => name.endsWith(".chunks.txt")) : [];

/** What the files hold, as far as this fold needs it; it must know nothing of the adapter. */
interface Event {
  readonly type: string;
  readonly index: number;
  readonly message?: { readonly usage: WireUsage };
  readonly content_block?: { readonly type: string; readonly id: string; readonly name: string };
  readonly delta?: {
    readonly type?: string;
    readonly text: string;
    readonly partial_json: string;
    readonly stop_reason: string;
  };
  readonly usage?: WireUsage;
}

type Counts = Readonly<Record<string, number>>;
type WireUsage = { readonly iterations?: readonly Counts[] };

function readEvents(file: string): Event[] {
  const lines = readFileSync(new URL(file, FOLDER), "utf8").trim().split("\n");
  // The recorded files have this form.
  return lines.map((line) => JSON.parse(line) as Event);
}

/** What a file says, in the plainest way. */
function fold(events: readonly Event[]) {
  let text = "";
  const json: string[] = [];
  const calls: { id: string; name: string; index: number }[] = [];
  let usage: WireUsage = {};
  let stop: string | undefined;
  for (const { type, index, message, content_block: block, delta, usage: update } of events) {
    if (message !== undefined) usage = { ...message.usage };
    if (block?.type === "tool_use") calls.push({ id: block.id, name: block.name, index });
    if (delta?.type === "text_delta") text += delta.text;
    if (delta?.type === "input_json_delta") json[index] = (json[index] ?? "") + delta.partial_json;
    if (type === "message_delta") {
      usage = { ...usage, ...update };
      stop = delta?.stop_reason;
    }
  }
  // Without iterations the counts stand in the usage itself.
  const counted = usage.iterations ?? [usage as Counts];
  const sum = (...names: string[]): number =>
    counted.reduce((total, entry) => total + names.reduce((part, name) => part + (entry[name] ?? 0), 0), 0);
  return {
    text,
    calls: calls.map(({ id, name, index }) => ({ id, name, args: JSON.parse(json[index] || "{}") as unknown })),
    stop,
    input: sum("input_tokens", "cache_read_input_tokens", "cache_creation_input_tokens"),
    output: sum("output_tokens"),
  };
}

describe.skipIf(!isThere && !mustRun)("anthropic() on recorded streams (skipped where ../shared is absent)", () => {
  it("has recorded streams to replay", () => {
    expect(files.length).toBeGreaterThanOrEqual(6);
  });

  describe.each(files)("%s", (file) => {
    const cuts: [string, number, string][] = [
      ["pieces of 1 byte", 1, "\n"],
      ["pieces of 7 bytes", 7, "\n"],
      ["pieces of 7 bytes and CRLF", 7, "\r\n"],
      ["pieces of 64 KB", 65_536, "\n"],
    ];

    it.each(cuts)("says what the file says, in %s", async (_name, size, end) => {
      const events = readEvents(file);
      const expected = fold(events);
      await using server = await openServer(async (response) => {
        response.writeHead(200, { "content-type": "text/event-stream" });
        await writePieces(response, Buffer.from(toFrames(events, end)), size);
        response.end();
      });
      const { parts, finish } = await readAll(modelFor(server));
      const { content } = finish.message;

      const texts = content.map((part) => (part.type === "text" ? part.text : ""));
      const deltas = parts.map((part) => (part.type === "text-delta" ? part.text : ""));
      expect(texts.join("")).toBe(expected.text);
      expect(deltas.join("")).toBe(expected.text);
      const calls = content.filter((part) => part.type === "tool-call");
      expect(calls.map(({ id, name, args }) => ({ id, name, args }))).toEqual(expected.calls);
      expect(parts.flatMap((part) => (part.type === "tool-call" ? [part.call] : []))).toEqual(calls);
      expect(finish.rawReason).toBe(expected.stop);
      expect(finish.usage).toMatchObject({ input: expected.input, output: expected.output });
      expect(finish.message.model).toEqual({ provider: "anthropic", id: "claude-test" });
    });
  });

  it("keeps a compaction for its vendor and counts what it cost", async () => {
    const events = readEvents("anthropic-compaction.1.chunks.txt");
    await using server = await openServer((response) => void response.end(toFrames(events)));
    const { finish } = await readAll(modelFor(server));
    expect(finish.usage).toEqual({ input: 60_997, output: 3_341, cacheRead: 0, cacheWrite: 0, reasoning: 0 });
    const [compaction] = finish.message.content;
    expect(compaction).toMatchObject({ type: "opaque", providerData: { type: "compaction" } });
    expect(JSON.stringify(compaction)).toContain("## Summary of Conversation");
  });

  it("reads a refusal without any content", async () => {
    const events = readEvents("anthropic-refusal.chunks.txt");
    await using server = await openServer((response) => void response.end(toFrames(events)));
    const { finish } = await readAll(modelFor(server));
    expect(finish).toMatchObject({ reason: "refusal", message: { content: [] } });
  });
});
