/**
 * A host program whose system calls are watched. It does what a deployment does, with every module that could have a
 * reason to call somebody: argument 1 is the provider's URL, argument 2 what it does besides.
 */
import { lookup } from "node:dns";
import { get } from "node:http";

import { createHarness } from "../../src/index.ts";
import { startTelemetry } from "../../src/telemetry/node/index.ts";

const [, , baseUrl = "", mode = "", target = ""] = process.argv;

const telemetry = mode === "untraced" ? undefined : await startTelemetry({ prometheus: false });
const harness = await createHarness({
  provider: "anthropic",
  model: "claude-sonnet-5-5",
  apiKey: "test",
  baseUrl,
  permissionMode: "bypass",
  sandbox: "process",
  session: { id: "watched" },
  budget: { maxCost: 5 },
  stall: { repeats: 3 },
  ...(telemetry === undefined ? {} : { telemetry: telemetry.tracer }),
});
console.log(await harness.run("Look around").text());
await harness[Symbol.asyncDispose]();
await telemetry?.shutdown();

if (mode === "calls-home") {
  await new Promise<void>((resolve) => {
    get(target, (response) => response.resume().on("end", resolve)).on("error", () => resolve());
  });
}
if (mode === "asks-names") await new Promise<void>((resolve) => lookup("harness-agent.invalid", () => resolve()));
