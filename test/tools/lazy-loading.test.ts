import { registerHooks } from "node:module";
import { afterAll, expect, it } from "vitest";

// A file of its own: other tests load zod themselves.
const loaded: string[] = [];
const hooks = registerHooks({
  resolve(specifier, context, next) {
    loaded.push(specifier);
    return next(specifier, context);
  },
});
afterAll(() => hooks.deregister());

const heavy = (): string[] =>
  ["zod", "undici", "re2js", "execa"].filter((name) =>
    loaded.some((specifier) => specifier.includes(`node_modules/${name}/`) || specifier === name),
  );

it("createBuiltinTools() loads zod only when the first call is parsed, and nothing heavy before it is needed", async () => {
  const { createBuiltinTools } = await import("../../src/tools/index.ts");
  const { createGuardedFetch } = await import("../../src/net/index.ts");
  const [read] = createBuiltinTools();
  const guarded = createGuardedFetch();
  expect(heavy()).toEqual([]);
  await read?.input["~standard"].validate({});
  expect(heavy()).toEqual(["zod"]);
  await expect(guarded("http://127.0.0.1/")).rejects.toMatchObject({ code: "network_denied" });
  expect(heavy()).toEqual(["zod", "undici"]);
});
