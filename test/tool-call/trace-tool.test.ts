import { describe, expect, it } from "vitest";

import type { Tool, ToolContext } from "../../src/spec/index.ts";
import { fakeSandbox, fakeTracer, type FakeTracer } from "../../src/testing/index.ts";
import { finish, makeRun, makeTool } from "./call-run.ts";

/** The headers that a request of a tool had. */
async function headersOf(
  tool: Partial<Tool>,
  work: (context: ToolContext) => Promise<unknown>,
  tracer: FakeTracer = fakeTracer(),
) {
  const seen: Headers[] = [];
  const send: typeof fetch = async (_input, init) => {
    seen.push(new Headers(init?.headers));
    return new Response("");
  };
  const execute = async (_input: unknown, context: ToolContext): Promise<string> => {
    await work(context);
    return "done";
  };
  const { result } = await finish(makeRun({ tracer, fetch: send }, [makeTool({ ...tool, execute } as never)]));
  expect(result.outcome).toBe("completed");
  const [span] = tracer.spans;
  return { headers: seen[0], traceparent: span?.traceContext.traceparent };
}

describe("a traced call", () => {
  it("gives what its tool fetches the headers of its span, beside those of the tool", async () => {
    const init = { headers: { accept: "text/plain" } };
    const { headers, traceparent } = await headersOf({}, ({ fetch: send }) => send("http://service.test", init));
    expect(headers?.get("traceparent")).toBe(traceparent);
    expect(headers?.get("accept")).toBe("text/plain");
  });

  it("keeps the headers of a request object, and those that the tool set by itself", async () => {
    const request = new Request("http://service.test", { headers: { traceparent: "00-mine", "x-own": "1" } });
    const { headers } = await headersOf({}, ({ fetch: send }) => send(request));
    expect(headers?.get("traceparent")).toBe("00-mine");
    expect(headers?.get("x-own")).toBe("1");
  });

  it("tells nothing to the servers that an untrusted tool reads from", async () => {
    const { headers } = await headersOf({ isUntrusted: true }, ({ fetch: send }) => send("http://open.test"));
    expect(headers?.has("traceparent")).toBe(false);
  });

  it("tells ids by itself, and baggage only where the tool does", async () => {
    const tracer = fakeTracer();
    const traceContext = { traceparent: "00-ids", tracestate: "vendor=1", baggage: "customer=blue" };
    const startSpan: FakeTracer["startSpan"] = (...start) => ({
      ...tracer.startSpan(...start),
      traceContext: () => traceContext,
    });
    const ask = (own: boolean) =>
      headersOf(
        {},
        ({ fetch: send, span }) =>
          send("http://service.test", own ? { headers: { ...span?.traceContext() } } : undefined),
        { ...tracer, startSpan },
      );
    expect(Object.fromEntries((await ask(false)).headers ?? [])).toEqual({
      traceparent: "00-ids",
      tracestate: "vendor=1",
    });
    expect(Object.fromEntries((await ask(true)).headers ?? [])).toEqual(traceContext);
  });

  it("leaves every other member of a sandbox as it is, with its own `this`", async () => {
    class Own {
      readonly #secret = 42;
      readonly mode = "own";
      readonly isolation = fakeSandbox().isolation;
      exec = fakeSandbox().exec;
      tell(): number {
        return this.#secret;
      }
      async [Symbol.asyncDispose](): Promise<void> {}
    }
    let told: unknown;
    const tool = makeTool({
      execute(_input, { sandbox }) {
        told = [sandbox.mode, (sandbox as unknown as Own).tell()];
        return "done";
      },
    });
    const { result } = await finish(makeRun({ tracer: fakeTracer(), sandbox: new Own() }, [tool]));
    expect(result.outcome).toBe("completed");
    expect(told).toEqual(["own", 42]);
  });

  it("records a command that could not be started, and ends its span", async () => {
    const tracer = fakeTracer();
    const broken = { ...fakeSandbox(), exec: () => Promise.reject(new Error("no such program")) };
    const tool = makeTool({ execute: async (_input, { sandbox }) => (await sandbox.exec("x")).output });
    const { result } = await finish(makeRun({ tracer, sandbox: broken }, [tool]));
    expect(result.outcome).toBe("failed");
    const span = tracer.spans.find(({ type }) => type === "sandbox");
    expect(span).toMatchObject({ parent: "tool-call", isEnded: true });
    expect(span?.errors).toHaveLength(1);
  });
});
