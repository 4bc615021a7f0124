import type { ServerResponse } from "node:http";
import { setImmediate } from "node:timers/promises";

import { ollama, type OllamaOptions } from "../../../src/providers/ollama/index.ts";
import type { Model } from "../../../src/spec/index.ts";
import type { Answer } from "../openai/stream-server.ts";

/** A model that talks to a server, with nothing from the environment. */
export function modelFor(baseUrl: string, options: Partial<OllamaOptions> = {}): Model {
  return ollama({ model: "qwen3", baseUrl, env: {}, ...options });
}

/** A line of an answer, as the server's documentation shows it. */
export function line(message: object, more: object = {}): object {
  const head = { model: "qwen3", created_at: "2026-11-20T20:00:00.123456Z" };
  return { ...head, message: { role: "assistant", content: "", ...message }, done: false, ...more };
}

export const HI = line({ content: "hi" });
export const END = line(
  {},
  {
    done: true,
    done_reason: "stop",
    total_duration: 5_000,
    prompt_eval_count: 26,
    prompt_eval_cached_count: 20,
    eval_count: 9,
  },
);

/** Sends lines, cut into pieces of `size` bytes without regard for lines or characters. */
export async function sendLines(
  response: ServerResponse,
  lines: readonly (string | object)[],
  size = 16_384,
): Promise<void> {
  response.writeHead(200, { "content-type": "application/x-ndjson" });
  const text = lines.map((value) => `${typeof value === "string" ? value : JSON.stringify(value)}\n`).join("");
  const bytes = Buffer.from(text);
  for (let start = 0; start < bytes.length; start += size) {
    response.write(bytes.subarray(start, start + size));
    await setImmediate();
  }
}

/** An answer that sends these lines and ends in order. */
export function replayLines(lines: readonly (string | object)[], size?: number): Answer {
  return async (response) => {
    await sendLines(response, lines, size);
    response.end();
  };
}
