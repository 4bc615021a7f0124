/** Replay: what would another policy have blocked? A recorded session runs again, and nothing of it happens. */
import { writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { run } from "harness-agent";
import { describeReport, readRecording, replaySession } from "harness-agent/replay";
import { memoryStore } from "harness-agent/session";
import { scriptedModel } from "harness-agent/testing";

const store = memoryStore();
const model = scriptedModel([
  { toolCalls: [{ name: "Bash", args: { command: "echo deploying" } }] },
  { toolCalls: [{ name: "Glob", args: { pattern: "*.md" } }] },
  "Deployed.",
]);
const options = { model, permissionMode: "bypass", audit: false, session: { store } } as const;
const { sessionId } = await run("Deploy it", options).result;
const recording = await readRecording(store, sessionId);

console.log(describeReport(await replaySession(recording)));

const version2 = join(tmpdir(), `policy-${sessionId}.yml`);
await writeFile(
  version2,
  "version: 1\nrules:\n  - { tool: Bash, decision: deny }\n  - { tool: Glob, decision: allow }\n",
);
const report = await replaySession(recording, { policy: version2 });
console.log(describeReport(report));
console.log(`${report.blocked} of ${report.calls} calls would have been blocked`);
