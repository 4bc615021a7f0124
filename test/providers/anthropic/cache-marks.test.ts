import { describe, expect, it } from "vitest";

import type { ModelMessage } from "../../../src/spec/index.ts";
import { assistant, callOf, result, sendAll, user } from "./conversation.ts";

describe("anthropic() cache marks", () => {
  const isMarked = (block: Readonly<Record<string, unknown>>): boolean => "cache_control" in block;

  it("always cover the end and the end of the request before, so that a growing history is read from cache", async () => {
    const history: ModelMessage[] = [user("start")];
    const histories: ModelMessage[][] = [[...history]];
    for (let turn = 0; turn < 4; turn += 1) {
      // More blocks in a turn than the API looks back.
      const ids = Array.from({ length: 30 }, (_, index) => `t${turn}_${index}`);
      history.push(assistant(ids.map(callOf)));
      history.push({
        role: "tool",
        content: ids.map((toolCallId) => ({
          type: "tool-result",
          toolCallId,
          name: "look",
          content: "x",
          isError: false,
        })),
      });
      if (turn === 2) history.push(user("steer"));
      histories.push([...history]);
    }
    const { messages } = await sendAll(histories, {});
    let endBefore: number | undefined;
    for (const request of messages) {
      const blocks = request.flatMap(({ content }) => content);
      const marks = blocks.flatMap((block, index) => (isMarked(block) ? [index] : []));
      expect(marks).toEqual(endBefore === undefined ? [blocks.length - 1] : [endBefore, blocks.length - 1]);
      endBefore = blocks.length - 1;
    }
  });

  it("leave every byte of what was sent before as it was", async () => {
    const history = [user("start"), assistant([callOf("t1")]), result("t1", "seen"), assistant([callOf("t2")])];
    const longer = [...history, result("t2", "seen"), assistant([{ type: "text", text: "x" }]), user("more")];
    const { texts } = await sendAll([history.slice(0, 1), history.slice(0, 3), longer], {});
    const plain = texts.map((text) => text.replaceAll(',"cache_control":{"type":"ephemeral"}', ""));
    for (const [index, text] of plain.slice(0, -1).entries()) {
      expect(plain[index + 1]?.startsWith(text.slice(0, -"]}]}".length))).toBe(true);
    }
  });

  it("never stand on reasoning", async () => {
    const thought = assistant([{ type: "reasoning", text: "hm", providerData: { signature: "s" } }]);
    const { messages } = await sendAll([[user("a"), thought]], {});
    const blocks = messages[0]?.flatMap(({ content }) => content) ?? [];
    expect(blocks.map(isMarked)).toEqual([true, false]);
  });
});
