import type { StandardSchemaV1 } from "@standard-schema/spec";
import { describe, expect, it } from "vitest";
import { z } from "zod";

import { parseInput, toJsonSchema } from "../../src/schema/index.ts";

type Validate = StandardSchemaV1<unknown, string>["~standard"]["validate"];

/** A schema that no library made. */
function handMade(validate: Validate): StandardSchemaV1<unknown, string> {
  return { "~standard": { version: 1, vendor: "by-hand", validate } };
}

describe("parseInput()", () => {
  it("tells where and what is wrong", async () => {
    const schema = z.object({ file: z.object({ path: z.string() }), list: z.array(z.number()) });
    const parsed = await parseInput(schema, { file: { path: 1 }, list: [1, "x"] });
    expect(parsed).toEqual({
      isValid: false,
      problem: expect.stringMatching(/^file\.path: .*string.*; list\.1: .*number/),
    });
    expect(await parseInput(schema, "x")).toEqual({
      isValid: false,
      problem: expect.stringMatching(/^[^:]*: .*object/),
    });
  });

  it("tells ten problems and how many more there are", async () => {
    const parsed = await parseInput(
      z.array(z.string()),
      Array.from({ length: 13 }, () => 0),
    );
    const problem = parsed.isValid ? "" : parsed.problem;
    expect(problem.split("; ")).toHaveLength(11);
    expect(problem).toMatch(/; and 3 more$/);
  });

  it("reads every form of a path, and takes issues without text or number for a refusal too", async () => {
    const issues = [{ message: "bad", path: [{ key: "a" }, 0, Symbol("s")] }, { message: "worse" }];
    expect(
      await parseInput(
        handMade(() => ({ issues })),
        1,
      ),
    ).toEqual({
      isValid: false,
      problem: "a.0.Symbol(s): bad; worse",
    });
    expect(
      await parseInput(
        handMade(() => ({ issues: [] })),
        1,
      ),
    ).toEqual({
      isValid: false,
      problem: "The value does not fit the schema",
    });
  });

  it("waits for any promise, also one of another making, and does not take it for a value", async () => {
    const refusal = { issues: [{ message: "no" }] };
    const thenable: unknown = { then: (resolve: (value: unknown) => void) => resolve(refusal) };
    for (const validate of [async () => refusal, () => thenable as Promise<typeof refusal>]) {
      expect(await parseInput(handMade(validate), 1)).toEqual({ isValid: false, problem: "no" });
    }
  });

  it("throws when the schema throws or answers nonsense", () => {
    const throwing = handMade(() => {
      throw new Error("bug in the schema");
    });
    expect(() => parseInput(throwing, 1)).toThrow("bug in the schema");
    const nonsense: unknown = undefined;
    const answering = handMade(() => nonsense as { value: string });
    expect(() => parseInput(answering, 1)).toThrow(TypeError);
  });

  it("rejects when what the schema promised comes to nothing", async () => {
    const rejecting = handMade(async () => {
      throw new Error("bug in the schema");
    });
    await expect(parseInput(rejecting, 1)).rejects.toThrow("bug in the schema");
  });

  it("gives what the schema made of the value", async () => {
    const schema = z.object({ count: z.string().transform(Number), limit: z.number().default(5) });
    expect(await parseInput(schema, { count: "3", more: 1 })).toEqual({ isValid: true, value: { count: 3, limit: 5 } });
    expect(
      await parseInput(
        handMade((value) => ({ value: String(value) })),
        7,
      ),
    ).toEqual({ isValid: true, value: "7" });
  });
});

describe("toJsonSchema()", () => {
  it("refuses a library without a converter and names it", () => {
    const schema = handMade(() => ({ value: "" }));
    expect(() => toJsonSchema(schema)).toThrow(TypeError);
    expect(() => toJsonSchema(schema)).toThrow(/"by-hand" gives no JSON Schema; pass the tool's inputSchema/);
  });

  it("refuses a schema that JSON Schema has no words for, and says how to go on", () => {
    expect(() => toJsonSchema(z.object({ at: z.date() }))).toThrow(TypeError);
    expect(() => toJsonSchema(z.object({ at: z.date() }))).toThrow(
      /"zod" cannot be written .*Date.*pass the tool's inputSchema/,
    );
  });

  it("gives the schema of the input, not of the output, without the dialect", () => {
    const schema = z.object({
      path: z.string().min(1).describe("Where"),
      limit: z.number().int().default(5),
      count: z.string().transform(Number).optional(),
    });
    const json = toJsonSchema(schema);
    expect(json).not.toHaveProperty("$schema");
    expect(json).toMatchObject({
      type: "object",
      properties: {
        path: { type: "string", minLength: 1, description: "Where" },
        limit: { type: "integer", default: 5 },
        count: { type: "string" },
      },
      required: ["path"],
    });
  });

  it("takes any library that follows the standard", () => {
    const schema = {
      "~standard": {
        version: 1,
        vendor: "other",
        validate: (value: unknown) => ({ value }),
        jsonSchema: {
          input: ({ target }: { target: string }) => ({ $schema: target, type: "null" }),
          output: () => ({}),
        },
      },
    } as const;
    expect(toJsonSchema(schema)).toEqual({ type: "null" });
  });
});
