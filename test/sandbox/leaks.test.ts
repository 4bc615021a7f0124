import { execFile } from "node:child_process";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { describe, expect, it } from "vitest";
import { runsSources } from "../runs-sources.ts";

const program = fileURLToPath(new URL("count-resources.ts", import.meta.url));

describe.skipIf(!runsSources)("createSandbox() leaks (skipped on Node 22, which does not know `using`)", () => {
  it("nothing after disposal: no handle, timer, listener or process, and the program ends by itself", async () => {
    const { stdout } = await promisify(execFile)(process.execPath, [program], { timeout: 200_000 });
    expect(JSON.parse(stdout)).toEqual({ resources: [], listeners: 0, stays: [] });
  });
});
