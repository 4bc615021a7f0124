/** A tool of your own that calls an MCP server: the server goes on with the trace of the run. */
import { Client } from "@modelcontextprotocol/sdk/client/index.js";
import { StdioClientTransport } from "@modelcontextprotocol/sdk/client/stdio.js";
import { McpServer } from "@modelcontextprotocol/sdk/server/mcp.js";
import { StdioServerTransport } from "@modelcontextprotocol/sdk/server/stdio.js";
import { defineTool, run } from "harness-agent";
import { startTelemetry } from "harness-agent/telemetry/node";
import { scriptedModel } from "harness-agent/testing";
import { fileURLToPath } from "node:url";
import { z } from "zod";

const file = fileURLToPath(import.meta.url);

/** The other side, in a process of its own: tells what it was sent. */
async function serve(): Promise<void> {
  const server = new McpServer({ name: "weather", version: "1.0.0" });
  server.registerTool("weather", { inputSchema: { city: z.string() } }, ({ city }, { _meta }) => ({
    content: [{ type: "text", text: `Rain in ${city}; called by ${String(_meta?.["traceparent"])}` }],
  }));
  await server.connect(new StdioServerTransport());
}

async function ask(): Promise<void> {
  const client = new Client({ name: "example", version: "1.0.0" });
  await client.connect(new StdioClientTransport({ command: process.execPath, args: [file, "serve"] }));
  const weather = defineTool({
    name: "Weather",
    description: "Tells the weather",
    input: z.object({ city: z.string() }),
    effect: "network",
    isUntrusted: true,
    async execute({ city }, { span, signal }) {
      // Where nothing is traced, nothing is added.
      const request = { name: "weather", arguments: { city }, _meta: { ...span?.traceContext() } };
      return JSON.stringify(await client.callTool(request, undefined, { signal }));
    },
  });
  const telemetry = await startTelemetry({ env: { OTEL_TRACES_EXPORTER: "console" }, prometheus: false });
  const model = scriptedModel([{ toolCalls: [{ name: "Weather", args: { city: "Bergen" } }] }, "Take a coat."]);
  const options = {
    model,
    tools: [weather],
    permissionMode: "bypass",
    audit: false,
    telemetry: telemetry.tracer,
  } as const;
  for await (const message of run("Do I need a coat?", options)) {
    if (message.type === "tool_result") console.log("tool:", message.content);
    if (message.type === "result") console.log(message.text);
  }
  await client.close();
  await telemetry.shutdown();
}

await (process.argv[2] === "serve" ? serve() : ask());
