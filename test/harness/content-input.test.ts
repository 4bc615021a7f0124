import { describe, expect, it } from "vitest";

import { toContent } from "../../src/harness/content-input.ts";

const png = "iVBORw0KGgo=";

describe("toContent()", () => {
  it.each([
    ["nothing in a list", [{ type: "text", text: " " }]],
    ["an unknown type", [{ type: "txt", text: "x" }]],
    ["a list within the list", [["x"]]],
    ["data that is a number", [{ type: "image", data: 5 }]],
    ["data that is no base64", [{ type: "image", data: "!!!" }]],
    ["empty data", [{ type: "image", data: "" }]],
    ["empty bytes", [{ type: "image", data: new Uint8Array() }]],
    ["both data and url", [{ type: "image", data: png, url: "https://example.com/a.png" }]],
    ["neither data nor url", [{ type: "image" }]],
    ["an address of this machine's files", [{ type: "image", url: "file:///etc/passwd" }]],
    ["a data address", [{ type: "image", url: `data:image/png;base64,${png}` }]],
    ["an address without a scheme", [{ type: "file", url: "example.com", mediaType: "application/pdf" }]],
    ["an image that is none", [{ type: "image", data: png, mediaType: "text/html" }]],
    ["a media type that is none", [{ type: "file", data: png, mediaType: "pdf" }]],
    ["a filename that is a number", [{ type: "file", data: png, mediaType: "application/pdf", filename: 5 }]],
  ])("refuses %s", (_name, prompt) => {
    expect(() => toContent(prompt)).toThrow(TypeError);
  });

  it("says what a file without its media type lacks", () => {
    expect(() => toContent([{ type: "file", data: png }])).toThrow(/mediaType/);
  });

  it("makes half a character a whole one: no provider takes it", () => {
    expect(toContent("a\ud800b")).toEqual([{ type: "text", text: "a\uFFFDb" }]);
  });

  it("takes text, bytes, base64 and https addresses", () => {
    const parts = [
      { type: "text", text: "Look" },
      { type: "image", data: new Uint8Array([1, 2, 3]) },
      { type: "image", data: png, mediaType: "image/png" },
      { type: "image", url: "https://example.com/a.png" },
      { type: "file", data: Buffer.from("%PDF"), mediaType: "application/pdf", filename: "a.pdf" },
    ];
    expect(toContent(parts)).toEqual([
      parts[0],
      { type: "image", data: "AQID" },
      parts[2],
      parts[3],
      { ...parts[4], data: "JVBERg==" },
    ]);
  });
});
