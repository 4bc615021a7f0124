import { subscribe, unsubscribe } from "node:diagnostics_channel";
import { createServer } from "node:http";
import type { AddressInfo, Socket } from "node:net";
import { expect, it } from "vitest";

import { run } from "../../src/index.ts";
import { useStage } from "./stage.ts";

const stage = useStage();

it("promise 9: a run connects to its provider and to nobody else", async () => {
  const server = createServer((_request, response) => {
    response.writeHead(200, { "content-type": "text/event-stream" });
    const usage = { input_tokens: 1, output_tokens: 1 };
    const message = { id: "m", type: "message", role: "assistant", model: "claude-sonnet-5-5", content: [], usage };
    const events = [
      { type: "message_start", message },
      { type: "content_block_start", index: 0, content_block: { type: "text", text: "" } },
      { type: "content_block_delta", index: 0, delta: { type: "text_delta", text: "Hello." } },
      { type: "content_block_stop", index: 0 },
      { type: "message_delta", delta: { stop_reason: "end_turn" }, usage: { output_tokens: 2 } },
      { type: "message_stop" },
    ];
    response.end(events.map((event) => `event: ${event.type}\ndata: ${JSON.stringify(event)}\n\n`).join(""));
  });
  await new Promise<void>((resolve) => {
    server.listen(0, "127.0.0.1", resolve);
  });
  // `listen` on a host and port gives an address of this form.
  const { port } = server.address() as AddressInfo;
  const connected: (number | undefined)[] = [];
  const watch = (message: unknown): void => {
    const { socket } = message as { readonly socket: Socket };
    socket.once("connect", () => connected.push(socket.remotePort));
    socket.once("error", () => connected.push(undefined));
  };
  subscribe("net.client.socket", watch);
  try {
    const options = stage.options({
      provider: "anthropic",
      model: "claude-sonnet-5-5",
      apiKey: "test",
      baseUrl: `http://127.0.0.1:${port}`,
    });
    await expect(run("Hi", options).text()).resolves.toBe("Hello.");
  } finally {
    unsubscribe("net.client.socket", watch);
    server.closeAllConnections();
    server.close();
  }
  expect(connected.length).toBeGreaterThan(0);
  expect(new Set(connected)).toEqual(new Set([port]));
});
