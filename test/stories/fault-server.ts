import { once } from "node:events";
import type { ServerResponse } from "node:http";

import { openServer, type LoopbackServer, type SeenRequest } from "../net/loopback-server.ts";

/** What a server does with one answer: send events, wait, die. */
export type FaultStep =
  /** Events of Anthropic's protocol, by their type. */
  | { readonly type: "event"; readonly event: { readonly type: string } }
  /** Bytes as they are. */
  | { readonly type: "raw"; readonly text: string }
  /** A status instead of 200; must be the first step. */
  | { readonly type: "status"; readonly status: number; readonly headers?: Readonly<Record<string, string>> }
  /** The headers alone. */
  | { readonly type: "headers" }
  /** What was sent so far leaves by itself. */
  | { readonly type: "pause" }
  /** The connection is cut. */
  | { readonly type: "cut" }
  /** The answer ends in order. */
  | { readonly type: "end" }
  /** Nothing more comes, and nothing ends. */
  | { readonly type: "hang" };

export const HEADERS: FaultStep = { type: "headers" };
export const PAUSE: FaultStep = { type: "pause" };
export const CUT: FaultStep = { type: "cut" };
export const END: FaultStep = { type: "end" };
export const HANG: FaultStep = { type: "hang" };

export const START: FaultStep = sendEvent({
  type: "message_start",
  message: { id: "msg_1", content: [], usage: { input_tokens: 20, output_tokens: 1 } },
});
export const STOP: FaultStep = sendEvent({ type: "message_stop" });

export function sendEvent(event: { readonly type: string; readonly [key: string]: unknown }): FaultStep {
  return { type: "event", event };
}

/** The beginning of a block of text, without its end. */
export function openText(index: number, deltas: readonly string[]): readonly FaultStep[] {
  return [
    sendEvent({ type: "content_block_start", index, content_block: { type: "text", text: "" } }),
    ...deltas.map((text) => sendEvent({ type: "content_block_delta", index, delta: { type: "text_delta", text } })),
  ];
}

export function openThinking(index: number, thinking: string): readonly FaultStep[] {
  return [
    sendEvent({ type: "content_block_start", index, content_block: { type: "thinking", thinking: "", signature: "" } }),
    sendEvent({ type: "content_block_delta", index, delta: { type: "thinking_delta", thinking } }),
    sendEvent({ type: "content_block_delta", index, delta: { type: "signature_delta", signature: "sig" } }),
  ];
}

/** The beginning of a tool call whose arguments come in pieces, without its end. */
export function openCall(index: number, name: string, pieces: readonly string[], id = "toolu_1"): readonly FaultStep[] {
  return [
    sendEvent({ type: "content_block_start", index, content_block: { type: "tool_use", id, name, input: {} } }),
    ...pieces.map((partial_json) =>
      sendEvent({ type: "content_block_delta", index, delta: { type: "input_json_delta", partial_json } }),
    ),
  ];
}

export function closeBlock(index: number): FaultStep {
  return sendEvent({ type: "content_block_stop", index });
}

export function stopReason(reason: string): FaultStep {
  return sendEvent({ type: "message_delta", delta: { stop_reason: reason }, usage: { output_tokens: 7 } });
}

/** A whole answer with a text. */
export function answerText(text: string): readonly FaultStep[] {
  return [START, ...openText(0, [text]), closeBlock(0), stopReason("end_turn"), STOP, END];
}

/** A whole answer with thoughts, a text and a tool call. */
export function answerCall(name: string, args: object = {}): readonly FaultStep[] {
  return [
    START,
    ...openThinking(0, "Let me see."),
    closeBlock(0),
    ...openText(1, ["Look", "ing."]),
    closeBlock(1),
    ...openCall(2, name, [JSON.stringify(args)]),
    closeBlock(2),
    stopReason("tool_use"),
    STOP,
    END,
  ];
}

/** A server that dies as told: the first answer for the first request, the last one for all that follow. */
export interface FaultServer extends LoopbackServer {
  /** Resolves when that many requests came. */
  received(count: number): Promise<void>;
}

export async function openFaultServer(...answers: readonly (readonly FaultStep[])[]): Promise<FaultServer> {
  const waiting: { readonly count: number; readonly resolve: () => void }[] = [];
  const server = await openServer(async (response, _request: SeenRequest, index) => {
    for (const { count, resolve } of waiting) if (count <= index + 1) resolve();
    await perform(response, answers[Math.min(index, answers.length - 1)] ?? []);
  });
  return Object.assign(server, {
    received: (count: number) =>
      new Promise<void>((resolve) => {
        if (server.requests.length >= count) resolve();
        else waiting.push({ count, resolve });
      }),
  });
}

async function perform(response: ServerResponse, steps: readonly FaultStep[]): Promise<void> {
  for (const step of steps) {
    switch (step.type) {
      case "status":
        response.writeHead(step.status, { "content-type": "application/json", ...step.headers });
        break;
      case "headers":
        beginStream(response);
        response.flushHeaders();
        break;
      case "event":
        beginStream(response);
        response.write(`event: ${step.event.type}\ndata: ${JSON.stringify(step.event)}\n\n`);
        break;
      case "raw":
        if (!response.headersSent) beginStream(response);
        response.write(step.text);
        break;
      case "pause":
        await drain(response);
        break;
      case "cut":
        await drain(response);
        return void response.destroy();
      case "end":
        return void response.end();
      case "hang":
        return;
      default:
        step satisfies never;
    }
  }
}

function beginStream(response: ServerResponse): void {
  if (!response.headersSent) response.writeHead(200, { "content-type": "text/event-stream" });
}

/** What was written leaves before the connection is cut. */
async function drain(response: ServerResponse): Promise<void> {
  if (response.headersSent && response.writableNeedDrain) await once(response, "drain");
  await new Promise((resolve) => setTimeout(resolve, 20));
}
