import { describe, expect, it } from "vitest";

import { HarnessError, ProviderError } from "../../../src/errors/index.ts";
import { openai, type OpenAIOptions } from "../../../src/providers/openai/index.ts";
import type { Model } from "../../../src/spec/index.ts";
import { collect, failure, helloRequest, replay, sendEvents, startServer, type Answer } from "./stream-server.ts";

interface Protocol {
  readonly api: "chat" | "responses";
  /** Says "hi" and does not end. */
  readonly opening: readonly object[];
  /** Ends what `opening` began. */
  readonly closing: readonly (object | string)[];
  /** An error in the vendor's form. */
  readonly toError: (fields: object) => object;
}

const protocols: readonly Protocol[] = [
  {
    api: "chat",
    opening: [{ choices: [{ index: 0, delta: { content: "hi" }, finish_reason: null }] }],
    closing: [{ choices: [{ index: 0, delta: {}, finish_reason: "stop" }] }, "[DONE]"],
    toError: (fields) => ({ error: fields }),
  },
  {
    api: "responses",
    opening: [
      { type: "response.output_item.added", output_index: 0, item: { type: "message", id: "m1", content: [] } },
      { type: "response.output_text.delta", output_index: 0, content_index: 0, delta: "hi" },
    ],
    closing: [{ type: "response.completed", response: { status: "completed", output: [] } }],
    toError: (fields) => ({ type: "error", error: fields }),
  },
];

function toModel(protocol: Protocol, url: string, options: Partial<OpenAIOptions> = {}): Model {
  return openai({ model: "gpt-5", apiKey: "sk-test-1234567890abcdef", baseUrl: url, api: protocol.api, ...options });
}

async function fail(protocol: Protocol, answer: Answer): Promise<unknown> {
  await using server = await startServer(answer);
  const error = await failure(collect(toModel(protocol, server.url)));
  expect(server.requests).toHaveLength(1);
  return error;
}

for (const protocol of protocols) {
  const { api, opening, closing, toError } = protocol;

  describe(`openai() with api ${api}`, () => {
    it("reads what opening and closing make together", async () => {
      await using server = await startServer(replay([...opening, ...closing]));
      const { text, finish } = await collect(toModel(protocol, server.url));
      expect(text).toBe("hi");
      expect(finish.message.content).toMatchObject([{ type: "text", text: "hi" }]);
      expect(finish.usage).toBeUndefined();
    });

    const broken: readonly (readonly [string, Answer])[] = [
      ["ends without its end", replay(opening)],
      ["holds no events", replay([])],
      ["holds comments only", (response) => void response.writeHead(200).end(": ping\n\n")],
      ["ends with [DONE] alone", replay([...opening, "[DONE]"])],
      ["holds malformed JSON", replay([...opening, '{"choices": [', ...closing])],
      ["holds JSON that is no object", replay([...opening, "[1]", ...closing])],
      ["is not an event stream", (response) => void response.writeHead(200).end('{"choices":[]}')],
      [
        "is cut in the middle of an event",
        (response) => void response.writeHead(200).end(`data: ${JSON.stringify(opening[0])}\n\ndata: {"cho`),
      ],
      [
        "breaks off with its connection",
        async (response) => {
          await sendEvents(
            response,
            opening.map((event) => JSON.stringify(event)),
          );
          setTimeout(() => response.destroy(), 10);
        },
      ],
      ["never begins", (response) => void response.destroy()],
    ];
    for (const [what, answer] of broken) {
      it(`throws a retryable ProviderError when the stream ${what}`, async () => {
        const error = await fail(protocol, answer);
        expect(error).toBeInstanceOf(ProviderError);
        expect(error).toMatchObject({ isRetryable: true, provider: "openai", code: "provider_error" });
        expect((error as Error).message).toMatch(
          what.startsWith("breaks") || what.startsWith("never") ? /terminated|fetch failed/ : /incomplete/,
        );
      });
    }

    it.each([
      ["server_error", true],
      ["rate_limit_exceeded", true],
      ["insufficient_quota", false],
      ["invalid_request_error", false],
      ["invalid_prompt", false],
      ["image_content_policy_violation", false],
    ])("throws a ProviderError for the error event %s, retryable: %s", async (code, isRetryable) => {
      const error = await fail(protocol, replay([...opening, toError({ code, message: "No more" }), ...closing]));
      expect(error).toBeInstanceOf(ProviderError);
      expect(error).toMatchObject({ message: "No more", isRetryable });
    });

    it.each([
      [400, {}, false, undefined],
      [401, {}, false, undefined],
      [404, {}, false, undefined],
      [429, { "retry-after": "7" }, true, 7000],
      [429, { "retry-after-ms": "250" }, true, 250],
      [500, {}, true, undefined],
      [503, { "retry-after": "1" }, true, 1000],
    ])("makes status %i with %j a ProviderError", async (status, headers, isRetryable, retryAfterMs) => {
      await using server = await startServer((response) => {
        response.writeHead(status, { "content-type": "application/json", ...headers });
        response.end(JSON.stringify({ error: { message: "the vendor's words", type: "t" } }));
      });
      const error = await failure(collect(toModel(protocol, server.url)));
      expect(error).toBeInstanceOf(ProviderError);
      expect(error).toMatchObject({ status, isRetryable, retryAfterMs });
      expect((error as Error).message).toContain("the vendor's words");
      expect((error as Error).message).not.toContain("sk-test");
      expect(server.requests).toHaveLength(1);
    });

    it("does not retry a 429 that is about quota", async () => {
      const error = await fail(protocol, (response) => {
        response.writeHead(429, { "content-type": "application/json" });
        response.end(
          JSON.stringify({ error: { message: "quota", type: "insufficient_quota", code: "insufficient_quota" } }),
        );
      });
      expect(error).toMatchObject({ status: 429, isRetryable: false });
    });

    it("does not follow a redirect", async () => {
      await using other = await startServer(replay([...opening, ...closing]));
      const error = await fail(protocol, (response) => {
        response.writeHead(307, { location: other.url }).end();
      });
      expect(error).toBeInstanceOf(ProviderError);
      expect(other.requests).toHaveLength(0);
    });

    it("throws the reason of a signal that is aborted before the call, and sends nothing", async () => {
      await using server = await startServer(replay([...opening, ...closing]));
      const reason = { own: "reason" };
      const signal = AbortSignal.abort(reason);
      expect(await failure(collect(toModel(protocol, server.url), helloRequest, { signal }))).toBe(reason);
      expect(server.requests).toHaveLength(0);
    });

    it("throws the reason of an abort while it waits for the answer, and closes the connection", async () => {
      const controller = new AbortController();
      const reason = new Error("enough");
      await using server = await startServer(() => controller.abort(reason));
      const { signal } = controller;
      expect(await failure(collect(toModel(protocol, server.url), helloRequest, { signal }))).toBe(reason);
      await server.requests[0]?.cut;
    });

    it("throws the reason of an abort in the middle, and closes the connection", async () => {
      await using server = await startServer((response) =>
        sendEvents(
          response,
          opening.map((event) => JSON.stringify(event)),
        ),
      );
      const controller = new AbortController();
      const reason = new Error("enough");
      const read = async (): Promise<void> => {
        const { signal } = controller;
        for await (const part of toModel(protocol, server.url).stream(helloRequest, { signal })) {
          expect(part).toEqual({ type: "text-delta", text: "hi" });
          controller.abort(reason);
        }
      };
      expect(await failure(read())).toBe(reason);
      await server.requests[0]?.cut;
    });

    it.each([
      ["breaks off", opening],
      ["comes to its end all the same", [...opening, ...closing]],
    ])("throws the reason of an abort also when the stream quietly %s", async (_how, events) => {
      const controller = new AbortController();
      const quiet: typeof fetch = () => {
        const toText = (event: object | string): string => (typeof event === "string" ? event : JSON.stringify(event));
        const text = events.map((event) => `data: ${toText(event)}\n\n`).join("");
        return Promise.resolve(new Response(text, { headers: { "content-type": "text/event-stream" } }));
      };
      const read = async (): Promise<void> => {
        const model = toModel(protocol, "http://127.0.0.1:9", { fetch: quiet });
        for await (const _part of model.stream(helloRequest, { signal: controller.signal })) controller.abort("quiet");
      };
      expect(await failure(read())).toBe("quiet");
    });

    it("closes the connection when the reader leaves", async () => {
      await using server = await startServer((response) =>
        sendEvents(
          response,
          opening.map((event) => JSON.stringify(event)),
        ),
      );
      const { signal } = new AbortController();
      for await (const part of toModel(protocol, server.url).stream(helloRequest, { signal })) {
        expect(part.type).toBe("text-delta");
        break;
      }
      await server.requests[0]?.cut;
    });

    it("ends with the vendor's end when the server keeps the connection open after it", async () => {
      await using server = await startServer((response) =>
        sendEvents(
          response,
          [...opening, ...closing].map((event) => (typeof event === "string" ? event : JSON.stringify(event))),
        ),
      );
      const { text } = await collect(toModel(protocol, server.url));
      expect(text).toBe("hi");
      await server.requests[0]?.cut;
    });

    it("uses one connection for calls one after another", async () => {
      await using server = await startServer(replay([...opening, ...closing]));
      const model = toModel(protocol, server.url);
      for (let turn = 0; turn < 5; turn += 1) await collect(model);
      expect(server.connections()).toBe(1);
    });

    it("leaves no listener on the caller's signal", async () => {
      await using server = await startServer(replay([...opening, ...closing]));
      const { signal } = new AbortController();
      let listeners = 0;
      const count = (change: number, original: typeof signal.addEventListener): typeof original =>
        function counted(this: AbortSignal, ...args: Parameters<typeof original>) {
          listeners += change;
          return original.apply(signal, args);
        };
      signal.addEventListener = count(1, signal.addEventListener.bind(signal));
      signal.removeEventListener = count(-1, signal.removeEventListener.bind(signal));
      await collect(toModel(protocol, server.url), helloRequest, { signal });
      expect(listeners).toBe(0);
    });
  });
}

describe("openai() without credentials", () => {
  it("throws code credentials_missing that names the variable, and works once it is there", async () => {
    const env: Record<string, string> = {};
    const [chat] = protocols;
    if (chat === undefined) throw new Error("no protocol");
    await using server = await startServer(replay([...chat.opening, ...chat.closing]));
    const model = openai({ model: "gpt-5", api: "chat", baseUrl: server.url, env });
    const error = await failure(collect(model));
    expect(HarnessError.isInstance(error)).toBe(true);
    expect(error).toMatchObject({ code: "credentials_missing" });
    expect((error as Error).message).toContain("OPENAI_API_KEY");
    env["OPENAI_API_KEY"] = "late";
    await collect(model);
    expect(server.requests[0]?.headers.authorization).toBe("Bearer late");
  });

  it("throws a TypeError for an unknown api", () => {
    // Callers without types pass anything.
    const api = "completions" as "chat";
    expect(() => openai({ model: "m", api })).toThrow(TypeError);
  });
});

describe("openai() with a fetch of the host", () => {
  it("cancels a body that does not listen to the signal when the reader leaves", async () => {
    let cancel = (): void => {};
    const cancelled = new Promise<void>((resolve) => {
      cancel = resolve;
    });
    const event = { choices: [{ index: 0, delta: { content: "hi" }, finish_reason: null }] };
    const deaf: typeof fetch = () => {
      const body = new ReadableStream({
        start: (controller) => controller.enqueue(Buffer.from(`data: ${JSON.stringify(event)}\n\n`)),
        cancel: () => cancel(),
      });
      return Promise.resolve(new Response(body, { headers: { "content-type": "text/event-stream" } }));
    };
    const model = openai({ model: "gpt-5", api: "chat", apiKey: "k", baseUrl: "http://127.0.0.1:9", fetch: deaf });
    for await (const _part of model.stream(helloRequest, { signal: new AbortController().signal })) break;
    await expect(cancelled).resolves.toBeUndefined();
  });
});
