// A worker of the chaos test: begins sessions nobody has begun and goes on with those nobody holds, until all have ended.
// `node worker.ts FOLDER COUNT`
import { openHarness } from "./open-harness.ts";
import { recordStream } from "./streams.ts";

const [, , folder = "", count = "0"] = process.argv;
const { harness, store, session } = await openHarness(folder, "chaos");
const ids = Array.from({ length: Number(count) }, (_value, index) => `s${index}`);

let isTold = false;
process.once("SIGTERM", () => {
  isTold = true;
  void harness[Symbol.asyncDispose]();
});

while (!isTold) {
  const known = new Map((await store.list()).map((summary) => [summary.sessionId, summary]));
  const fresh = ids.filter((id) => !known.has(id));
  const isOver = fresh.length === 0 && ids.every((id) => known.get(id)?.status === "ended");
  if (isOver) break;
  const batch = fresh.sort(() => Math.random() - 0.5).slice(0, 8);
  // Another worker may be first: then there is nothing to do here.
  if (isTold) break;
  await Promise.all(batch.map((id) => recordStream(harness.run("Do the work", { session: session(id) }), folder)));
  if (isTold) break;
  await harness.recover({ limit: 20, concurrency: 8 });
  if (batch.length === 0) await new Promise((resolve) => setTimeout(resolve, 50));
}
await harness[Symbol.asyncDispose]();
