import type { JsonObject } from "../../spec/index.ts";
import { asObject, asString, parseObject, type WireObject } from "../shared/index.ts";

/**
 * The part of a prompt under which something that the vendor did by itself goes back to it: a tool that ran at the
 * vendor's, its result, a file that the model made. `undefined` for parts that carry nothing of the answer.
 */
export function toServerPart(part: WireObject): JsonObject | undefined {
  const whole = toPromptPart(part);
  if (whole === undefined) return undefined;
  const { providerMetadata } = part;
  const known = providerMetadata === undefined ? whole : { ...whole, providerOptions: providerMetadata };
  // The specification has JSON here, and bytes were made text: what JSON does not hold is left out.
  return parseObject(JSON.stringify(known));
}

function toPromptPart(part: WireObject): object | undefined {
  const { type, toolCallId, toolName } = part;
  switch (type) {
    case "tool-call": {
      const input = typeof part["input"] === "string" ? (parseObject(part["input"]) ?? {}) : part["input"];
      return { type, toolCallId, toolName, input, providerExecuted: true };
    }
    case "tool-result": {
      // Previews replace each other; the last result is none.
      if (part["preliminary"] === true) return undefined;
      const output = { type: part["isError"] === true ? "error-json" : "json", value: part["result"] };
      return { type, toolCallId, toolName, output };
    }
    case "file":
    case "reasoning-file":
      return { type, mediaType: part["mediaType"], data: toText(part["data"]) };
    case "custom":
      return { type, kind: asString(part["kind"]) };
    default:
      return undefined;
  }
}

/** File data with its bytes as base64 text. */
function toText(data: unknown): unknown {
  if (data instanceof Uint8Array) return Buffer.from(data).toString("base64");
  const tagged = asObject(data);
  return tagged?.["data"] instanceof Uint8Array ? { ...tagged, data: toText(tagged["data"]) } : data;
}
