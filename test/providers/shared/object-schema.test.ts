import { describe, expect, it } from "vitest";
import { z } from "zod";

import { toObjectSchema } from "../../../src/providers/shared/index.ts";
import { toJsonSchema } from "../../../src/schema/index.ts";
import type { JsonSchema } from "../../../src/spec/index.ts";

const object = (properties: JsonSchema, required: readonly string[] = []): JsonSchema => ({
  type: "object",
  properties,
  ...(required.length === 0 ? {} : { required }),
});
const text = { type: "string" };
const number = { type: "number" };

describe("toObjectSchema()", () => {
  it("leaves an object as it is", () => {
    const schema = object({ a: { anyOf: [text, number] } }, ["a"]);
    expect(toObjectSchema(schema)).toBe(schema);
  });

  it.each<[string, JsonSchema]>([
    ["a text", text],
    ["a choice of no objects", { anyOf: [text, object({})] }],
    ["an empty choice", { anyOf: [] }],
    ["a reference to nothing", { $ref: "#/$defs/none" }],
    ["a reference elsewhere", { $ref: "https://example.com/schema" }],
    ["a reference to itself", { $ref: "#/$defs/a", $defs: { a: { $ref: "#/$defs/a" } } }],
    ["a reference to a prototype", { $ref: "#/__proto__" }],
  ])("leaves %s as it is: the vendor says what it thinks", (_name, schema) => {
    expect(toObjectSchema(schema)).toBe(schema);
  });

  it("needs of a choice what all need", () => {
    const schema = {
      anyOf: [object({ a: text, both: text }, ["a", "both"]), object({ b: number, both: text }, ["b", "both"])],
    };
    expect(toObjectSchema(schema)).toEqual(object({ a: text, both: text, b: number }, ["both"]));
  });

  it("needs of all what one needs", () => {
    const schema = { allOf: [object({ a: text }, ["a"]), object({ b: number }, ["b"])], description: "Both" };
    expect(toObjectSchema(schema)).toEqual({ ...object({ a: text, b: number }, ["a", "b"]), description: "Both" });
  });

  it("keeps what stands beside a choice", () => {
    const schema = { ...object({ id: text }, ["id"]), anyOf: [object({ a: text }), object({ b: text })] };
    expect(toObjectSchema(schema)).toEqual(object({ id: text, a: text, b: text }, ["id"]));
  });

  it("takes properties that differ for a choice of both, and follows references", () => {
    const schema = {
      oneOf: [{ $ref: "#/$defs/one" }, object({ kind: { const: "two" } }, ["kind"])],
      $defs: { one: object({ kind: { const: "one" } }, ["kind"]) },
    };
    const kind = { anyOf: [{ const: "one" }, { const: "two" }] };
    expect(toObjectSchema(schema)).toEqual({ ...object({ kind }, ["kind"]), $defs: schema.$defs });
  });

  it.each([
    z.union([z.object({ a: z.string() }), z.object({ b: z.number() })]),
    z.discriminatedUnion("kind", [
      z.object({ kind: z.literal("a"), x: z.string() }),
      z.object({ kind: z.literal("b") }),
    ]),
    z.object({ a: z.string() }).and(z.object({ b: z.string() })),
    z.union([
      z.union([z.strictObject({ a: z.string() }), z.strictObject({ b: z.string() })]),
      z.strictObject({ c: z.null() }),
    ]),
  ])("gives vendors an object without a choice at its root (%#)", (schema) => {
    const written = toObjectSchema(toJsonSchema(schema));
    expect(written["type"]).toBe("object");
    expect(Object.keys(written).filter((key) => /^(any|one|all)Of$/.test(key))).toEqual([]);
  });
});
