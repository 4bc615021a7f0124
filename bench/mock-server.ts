/**
 * A provider in a process of its own: speaks Anthropic's Messages protocol from prepared buffers. The scenario stands
 * in the path (`/<scenario>/v1/messages`), the turn is counted from the tool results of the request.
 */
import { createServer } from "node:http";

const TOOL_RESULT = Buffer.from('"tool_result"');

interface Script {
  /** Tool turns before the final text. */
  readonly turns: number;
  readonly callsPerTurn: number;
  readonly latencyMs: number;
  readonly textDeltas: number;
}

const SCRIPTS: ReadonlyMap<string, Script> = new Map([
  ["deltas", { turns: 0, callsPerTurn: 0, latencyMs: 0, textDeltas: 20_000 }],
  ["turns200", { turns: 200, callsPerTurn: 1, latencyMs: 0, textDeltas: 3 }],
  ["turns1000", { turns: 1000, callsPerTurn: 1, latencyMs: 0, textDeltas: 3 }],
  ["sessions", { turns: 5, callsPerTurn: 1, latencyMs: 20, textDeltas: 3 }],
  ["parallel", { turns: 1, callsPerTurn: 50, latencyMs: 0, textDeltas: 3 }],
  ["first", { turns: 0, callsPerTurn: 0, latencyMs: 0, textDeltas: 3 }],
]);

const server = createServer((request, response) => {
  const script = SCRIPTS.get((request.url ?? "").split("/")[1] ?? "");
  if (script === undefined) {
    response.writeHead(404).end();
    return;
  }
  let results = 0;
  let tail: Buffer = Buffer.alloc(0);
  request.on("data", (chunk: Buffer) => {
    // What was cut off by the chunk's border counts with the next chunk.
    const bytes = Buffer.concat([tail, chunk]);
    for (let at = bytes.indexOf(TOOL_RESULT); at >= 0; at = bytes.indexOf(TOOL_RESULT, at + 1)) results += 1;
    tail = bytes.subarray(Math.max(0, bytes.length - TOOL_RESULT.length + 1));
  });
  request.on("end", () => {
    const turn = script.callsPerTurn === 0 ? 0 : Math.floor(results / script.callsPerTurn);
    const answer = (): void => {
      response.writeHead(200, { "content-type": "text/event-stream" });
      for (const block of turn < script.turns ? toolTurn(turn, script) : textTurn(script)) response.write(block);
      response.end();
    };
    if (script.latencyMs === 0) answer();
    else setTimeout(answer, script.latencyMs);
  });
});

server.keepAliveTimeout = 60_000;
server.listen(0, "127.0.0.1", () => {
  const address = server.address();
  if (typeof address === "object" && address !== null) process.send?.(`http://127.0.0.1:${address.port}`);
});
process.on("disconnect", () => process.exit(0));

function event(data: { readonly type: string; readonly [key: string]: unknown }): string {
  return `event: ${data.type}\ndata: ${JSON.stringify(data)}\n\n`;
}

function start(): string {
  const usage = { input_tokens: 100, output_tokens: 1, cache_read_input_tokens: 0, cache_creation_input_tokens: 0 };
  const message = { id: "msg_1", type: "message", role: "assistant", model: "claude-sonnet-5-5", content: [], usage };
  return event({ type: "message_start", message });
}

function end(reason: string): string {
  const delta = { stop_reason: reason, stop_sequence: null };
  return event({ type: "message_delta", delta, usage: { output_tokens: 20 } }) + event({ type: "message_stop" });
}

const texts = new Map<number, readonly Buffer[]>();

/** The same bytes for every request, in writes of about 16 KB. */
function textTurn({ textDeltas }: Script): readonly Buffer[] {
  const ready = texts.get(textDeltas);
  if (ready !== undefined) return ready;
  let text = start() + event({ type: "content_block_start", index: 0, content_block: { type: "text", text: "" } });
  for (let index = 0; index < textDeltas; index += 1) {
    const delta = { type: "text_delta", text: `sixteen chars ${index % 10} ` };
    text += event({ type: "content_block_delta", index: 0, delta });
  }
  const all = Buffer.from(text + event({ type: "content_block_stop", index: 0 }) + end("end_turn"));
  const blocks = Array.from({ length: Math.ceil(all.length / 16_384) }, (_none, index) =>
    all.subarray(index * 16_384, (index + 1) * 16_384),
  );
  texts.set(textDeltas, blocks);
  return blocks;
}

function toolTurn(turn: number, { callsPerTurn }: Script): readonly Buffer[] {
  let text = start();
  for (let index = 0; index < callsPerTurn; index += 1) {
    const block = { type: "tool_use", id: `toolu_${turn}_${index}`, name: "LookUp", input: {} };
    const delta = {
      type: "input_json_delta",
      partial_json: `{"key": "entry ${turn} of the table", "limit": ${index}}`,
    };
    text += event({ type: "content_block_start", index, content_block: block });
    text += event({ type: "content_block_delta", index, delta });
    text += event({ type: "content_block_stop", index });
  }
  return [Buffer.from(text + end("tool_use"))];
}
