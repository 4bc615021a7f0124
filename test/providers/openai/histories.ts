import type { ModelMessage, ModelRequest, ToolSpec } from "../../../src/spec/index.ts";

/** A tool whose schema is no strict one. */
export const readTool: ToolSpec = {
  name: "Read",
  description: "Reads a file.",
  inputSchema: {
    type: "object",
    properties: { file_path: { type: "string" }, limit: { type: "number" } },
    required: ["file_path"],
  },
};

export const PNG = "iVBORw0KGgo=";

/** A history that Anthropic wrote: signed reasoning, an opaque block, ids that other vendors refuse. */
export const foreignHistory: readonly ModelMessage[] = [
  {
    role: "user",
    content: [
      { type: "text", text: "Read it" },
      { type: "image", data: PNG, mediaType: "image/png" },
    ],
  },
  {
    role: "assistant",
    model: { provider: "anthropic", id: "claude" },
    content: [
      { type: "reasoning", text: "secret thoughts", providerData: { signature: "sig" } },
      { type: "text", text: "I read.", providerData: { id: "not-yours" } },
      { type: "opaque", providerData: { type: "compaction", data: "x" } },
      {
        type: "tool-call",
        id: "toolu_01:odd/id",
        name: "Read",
        args: { file_path: "a" },
        providerData: { id: "not-yours" },
      },
      { type: "tool-call", id: "fine_id-1", name: "Read", args: undefined, invalidArgs: '{"file_path":' },
    ],
  },
  {
    role: "tool",
    content: [
      { type: "tool-result", toolCallId: "toolu_01:odd/id", name: "Read", content: "body", isError: false },
      { type: "tool-result", toolCallId: "fine_id-1", name: "Read", content: "not JSON", isError: true },
    ],
  },
  { role: "user", content: [{ type: "text", text: "Go on" }] },
];

/** A request over a history, with one tool. */
export function withHistory(messages: readonly ModelMessage[], more: Partial<ModelRequest> = {}): ModelRequest {
  return { messages, tools: [readTool], ...more };
}

/** A history with a picture in a tool's result. */
export const pictureHistory: readonly ModelMessage[] = [
  {
    role: "assistant",
    model: { provider: "x", id: "y" },
    content: [{ type: "tool-call", id: "abcdefghi", name: "Look", args: {} }],
  },
  {
    role: "tool",
    content: [
      {
        type: "tool-result",
        toolCallId: "abcdefghi",
        name: "Look",
        isError: false,
        content: [
          { type: "text", text: "see" },
          { type: "image", data: Buffer.from(PNG, "base64"), mediaType: "image/jpeg" },
        ],
      },
    ],
  },
];
