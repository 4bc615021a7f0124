// A process that hosts a harness as a service does: told to stop (SIGTERM), it closes the harness and ends by itself.
// `node hosted.ts FOLDER SCENARIO`; prints the end of the run as JSON.
import { openHarness } from "./open-harness.ts";
import { recordStream } from "./streams.ts";

const [, , folder = "", name = ""] = process.argv;
const opened = await openHarness(folder, name);
process.once("SIGTERM", () => void opened.harness[Symbol.asyncDispose]());
const run = opened.harness.run("Do the work", { session: opened.session("s") });
const { stopReason, error } = await recordStream(run, folder, (message) => {
  if (message.type === "approval_request") console.log("at work");
});
console.log(JSON.stringify({ stopReason, error }));
await opened[Symbol.asyncDispose]();
process.exit(0);
