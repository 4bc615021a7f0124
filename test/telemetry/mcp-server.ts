/** A server of MCP's own SDK that answers with what it was sent: `_meta`, and headers where there are any. */
import { McpServer } from "@modelcontextprotocol/sdk/server/mcp.js";
import { StdioServerTransport } from "@modelcontextprotocol/sdk/server/stdio.js";

export function createEchoServer(): McpServer {
  const server = new McpServer({ name: "echo", version: "1.0.0" });
  server.registerTool("echo", {}, ({ _meta, requestInfo }) => ({
    content: [{ type: "text", text: JSON.stringify({ meta: _meta ?? null, headers: requestInfo?.headers ?? null }) }],
  }));
  return server;
}

if (process.argv[2] === "--stdio") await createEchoServer().connect(new StdioServerTransport());
