import { describe, expect, it } from "vitest";

import { textInput } from "../../src/text-input/index.ts";

interface Input {
  readonly name: string;
  readonly kind: string;
  readonly note: string | undefined;
}
const { input, inputSchema } = textInput<Input>({
  name: { hasWords: true },
  kind: { oneOf: ["small", "large"], otherwise: "small" },
  note: { isOptional: true },
});
const check = (value: unknown) => input["~standard"].validate(value);

describe("textInput()", () => {
  it.each([
    [null, "an object is needed"],
    [{}, "name is missing"],
    [{ name: " " }, "name must be a text that is not empty"],
    [{ name: 7 }, "name must be a text"],
    [{ name: "x", knid: "small" }, 'Unknown key "knid". Did you mean "kind"?'],
    [{ name: "x", kind: "smal" }, 'kind must be one of small, large, not "smal". Did you mean "small"?'],
    [{ name: "x", note: null }, "note must be a text"],
    [JSON.parse('{"__proto__":{"name":"x"},"name":"x"}'), 'Unknown key "__proto__".'],
  ])("refuses %j", (value, message) => {
    expect(check(value)).toEqual({ issues: [{ message }] });
  });

  it("fills in what is left out, and tells the model the same rules", () => {
    expect(check({ name: "x" })).toEqual({ value: { name: "x", kind: "small" } });
    expect(check({ name: "x", kind: "large", note: "" })).toEqual({ value: { name: "x", kind: "large", note: "" } });
    expect(inputSchema).toEqual({
      type: "object",
      properties: {
        name: { type: "string" },
        kind: { type: "string", enum: ["small", "large"] },
        note: { type: "string" },
      },
      required: ["name"],
      additionalProperties: false,
    });
  });
});
