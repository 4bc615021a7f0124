import { describe, expect, expectTypeOf, it } from "vitest";
import { z } from "zod";

import type { Tool } from "../../src/spec/index.ts";
import { createToolRegistry, defineTool } from "../../src/tools/index.ts";

const base = {
  name: "Dice",
  description: "Throws a die",
  input: z.object({ sides: z.int().min(2), label: z.string().optional() }),
  effect: "read",
  execute: () => 4,
} as const;

describe("defineTool()", () => {
  it.each([
    [{ name: "" }, "name"],
    [{ name: "has space" }, "name"],
    [{ name: "x".repeat(65) }, "name"],
    [{ name: "ä" }, "name"],
    [{ name: "a\n" }, "name"],
    [{ name: undefined }, "name"],
    [{ description: " " }, "description"],
    [{ input: {} }, "input"],
    [{ input: undefined }, "input"],
    [{ effect: "delete" }, "effect"],
    [{ effect: undefined }, "effect"],
    [{ durability: "often" }, "durability"],
    [{ cancel: "later" }, "cancel"],
    [{ risk: "tiny" }, "risk"],
    [{ timeoutMs: 0 }, "timeoutMs"],
    [{ timeoutMs: Number.NaN }, "timeoutMs"],
    [{ timeoutMs: 2 ** 31 }, "timeoutMs"],
    [{ maxOutputBytes: 1.5 }, "maxOutputBytes"],
    [{ maxCost: -1 }, "maxCost"],
    [{ isUntrusted: "yes" }, "isUntrusted"],
    [{ pathArgs: "file_path" }, "pathArgs"],
    [{ inputSchema: { type: "string" } }, "inputSchema"],
    [{ input: z.string() }, "input must be an object"],
    [{ input: z.array(z.object({})) }, "input must be an object"],
    [{ execute: undefined }, "execute"],
    [{ timout: 5 }, 'Did you mean "timeoutMs"?'],
    [{ efect: "read" }, 'Did you mean "effect"?'],
  ])("refuses %j with a TypeError that names the option", (wrong, word) => {
    const options = { ...base, ...wrong } as unknown as Parameters<typeof defineTool>[0];
    expect(() => defineTool(options)).toThrow(TypeError);
    expect(() => defineTool(options)).toThrow(word);
  });

  it("refuses a schema without JSON Schema unless one is passed", () => {
    const bare = { "~standard": { version: 1, vendor: "bare", validate: (value: unknown) => ({ value }) } } as const;
    expect(() => defineTool({ ...base, input: bare })).toThrow('"bare"');
    expect(defineTool({ ...base, input: bare, inputSchema: { type: "object" } }).inputSchema).toEqual({
      type: "object",
    });
  });

  it("fills in defaults, makes the JSON Schema and freezes the tool", () => {
    const tool = defineTool(base);
    expect(tool).toMatchObject({ durability: "atMostOnce", cancel: "immediate", name: "Dice" });
    expect(tool.inputSchema).toMatchObject({
      type: "object",
      properties: { sides: { type: "integer", minimum: 2 } },
      required: ["sides"],
    });
    expect(tool.inputSchema).not.toHaveProperty("$schema");
    expect(Object.isFrozen(tool)).toBe(true);
  });

  it("infers the input from the schema, and its result is a Tool", () => {
    const tool = defineTool({
      ...base,
      execute(input) {
        expectTypeOf(input).toEqualTypeOf<{ sides: number; label?: string | undefined }>();
        return input.sides;
      },
    });
    expectTypeOf<typeof tool>().toExtend<Tool>();
    const tools: readonly Tool[] = [tool];
    expect(tools).toHaveLength(1);
  });
});

describe("createToolRegistry()", () => {
  const tool = (name: string, isDeferred = false): Tool => defineTool({ ...base, name, isDeferred });

  it("refuses two tools of one name", () => {
    expect(() => createToolRegistry([tool("A"), tool("B"), tool("A")])).toThrow(TypeError);
  });

  it("knows nothing by names of objects' own machinery", () => {
    const registry = createToolRegistry([tool("A")]);
    for (const name of ["__proto__", "constructor", "toString", "hasOwnProperty", "a"])
      expect(registry.get(name)).toBeUndefined();
    const odd = createToolRegistry([tool("constructor"), tool("__proto__")]);
    expect(odd.get("__proto__")?.name).toBe("__proto__");
    expect(odd.names()).toEqual(["constructor", "__proto__"]);
  });

  it("offers deferred tools once they are activated, in their order", () => {
    const registry = createToolRegistry([tool("A"), tool("B", true), tool("C", true), tool("D")]);
    expect([registry.names(), registry.deferred().map(({ name }) => name)]).toEqual([
      ["A", "D"],
      ["B", "C"],
    ]);
    registry.activate(["C", "nobody", "A"]);
    expect([registry.names(), registry.deferred().map(({ name }) => name)]).toEqual([["A", "C", "D"], ["B"]]);
    expect(registry.offered().map(({ name }) => name)).toEqual(registry.names());
  });
});
