import type { ContentPart } from "../spec/index.ts";
import { checkNode } from "./check-node.ts";
import { checkOptions } from "./check-options.ts";
import { toContent } from "./content-input.ts";
import { startRun } from "./create-harness.ts";
import type { Run } from "./create-run.ts";
import { definedOf } from "./defined-of.ts";
import type { RunOptions } from "./run-options.ts";
import { openWiring, type Wiring } from "./wiring.ts";

/**
 * Runs an agent on a prompt. Read the run as an `AsyncIterable` of messages, or await `run.text()` or `run.result`.
 * It starts when it is first read or awaited, ends with exactly one `Result`, and closes everything that it opened.
 * Throws a `TypeError` or `RangeError` at once for options that cannot be meant, and code "node_unsupported" on a Node that is
 * too old; whatever else goes wrong is in the result.
 *
 * @example
 * ```ts
 * import { run } from "harness-agent";
 * import { scriptedModel } from "harness-agent/testing";
 *
 * for await (const message of run("Say hello", { model: scriptedModel(["Hello."]), tools: [], audit: false })) {
 *   if (message.type === "text" && message.isPartial) process.stdout.write(message.text);
 *   if (message.type === "result") console.log(` (${message.stopReason})`);
 * }
 * ```
 */
export function run(prompt: string | readonly ContentPart[], given: RunOptions = {}): Run {
  checkNode(given.log);
  checkOptions(given, "run");
  const options = definedOf(given);
  const content = toContent(prompt);
  let wiring: Wiring | undefined;
  const open = async (): Promise<Wiring> => (wiring = await openWiring(options));
  return startRun(open, { prompt: content, options, isResumed: false, close: async () => await wiring?.close() });
}
