// A process of the kill matrix: begins one session or goes on with it, and dies where HARNESS_FAULT says.
// `node child.ts FOLDER SCENARIO begin|resume|retry|recover [ID]`; prints the stop reason.
import { openHarness } from "./open-harness.ts";
import { recordStream } from "./streams.ts";

const [, , folder = "", name = "", mode = "begin", sessionId = "s"] = process.argv;
const opened = await openHarness(folder, name);
const { harness, session } = opened;
if (mode === "recover") {
  const results = await harness.recover();
  console.log(results.map(({ stopReason }) => stopReason).join(" "));
} else {
  const run =
    mode === "begin"
      ? harness.run("Do the work", { session: session(sessionId) })
      : harness.resume(sessionId, undefined, mode === "retry" ? { retryStuck: true } : {});
  const result = await recordStream(run, folder);
  console.log(result.stopReason, result.error?.code ?? "", result.error?.message ?? "");
}
await opened[Symbol.asyncDispose]();
