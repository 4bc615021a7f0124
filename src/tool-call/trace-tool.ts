import type { ExecOptions, ParentSpan, Sandbox, Tool, ToolContext, Tracer } from "../spec/index.ts";
import type { ToolCallRun } from "./tool-call-run.ts";

/**
 * What a tool gets where its run is traced: its commands are spans and know the trace, and so do the services that a
 * host's own tool calls. Open servers that an untrusted tool reads from are not told which requests belong together.
 */
export function traceTool(
  tool: Tool,
  { tracer, span, sandbox, fetch }: ToolCallRun,
): Pick<ToolContext, "span" | "sandbox" | "fetch"> {
  if (tracer === undefined || span === undefined) return { sandbox, fetch };
  return {
    span,
    sandbox: traceSandbox(sandbox, tracer, span),
    fetch: tool.isUntrusted === true ? fetch : traceFetch(fetch, span),
  };
}

function traceSandbox(sandbox: Sandbox, tracer: Tracer, parent: ParentSpan): Sandbox {
  const exec: Sandbox["exec"] = async (command, options = {}) => {
    using span = tracer.startSpan("sandbox", { mode: sandbox.mode }, parent);
    try {
      const result = await sandbox.exec(command, { ...options, env: addHeaders(options, span) });
      span.note(result);
      return result;
    } catch (error) {
      span.recordError(error);
      throw error;
    }
  };
  // A sandbox may be a host's own class with members that the port does not list: all of them stay what they are.
  return new Proxy(sandbox, {
    get(target, key) {
      if (key === "exec") return exec;
      const member: unknown = Reflect.get(target, key, target);
      return typeof member === "function" ? member.bind(target) : member;
    },
  });
}

/** The variables by which programs go on with a trace, as those of OpenTelemetry's own command line do. */
function addHeaders({ env = {} }: ExecOptions, span: ParentSpan): Readonly<Record<string, string>> {
  const { traceparent, tracestate } = span.traceContext() ?? {};
  return {
    ...(traceparent === undefined ? {} : { TRACEPARENT: traceparent }),
    ...(tracestate === undefined ? {} : { TRACESTATE: tracestate }),
    ...env,
  };
}

/** Ids go along by themselves. Baggage, which tells of people and customers, goes where a tool sends it and no further. */
function traceFetch(send: typeof fetch, span: ParentSpan): typeof fetch {
  return async (input, init) => {
    const headers = new Headers(init?.headers ?? (input instanceof Request ? input.headers : undefined));
    const { baggage: _kept, ...ids } = span.traceContext() ?? {};
    for (const [name, value] of Object.entries(ids)) {
      if (!headers.has(name)) headers.set(name, value);
    }
    return await send(input, { ...init, headers });
  };
}
