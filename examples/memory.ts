// Memory: notes that outlive a session, as files in ~/.harness/memory. What comes from outside is not noted without a person.
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { run, type RunOptions } from "harness-agent";
import { scriptedModel } from "harness-agent/testing";

const home = await mkdtemp(join(tmpdir(), "memory-example-"));
const options: RunOptions = { audit: false, permissionMode: "bypass", memory: true, env: { HOME: home } };

const noted = { action: "save", scope: "project", key: "tests", content: "npm test runs everything" };
const writer = scriptedModel([{ toolCalls: [{ name: "MemoryWrite", args: noted }] }, "Noted."]);
console.log(await run("Note how tests are run", { ...options, model: writer }).text());

// Another session: the index of notes stands in the system prompt, and MemoryRead gives the whole of one.
const reader = scriptedModel([{ toolCalls: [{ name: "MemoryRead", args: { key: "tests" } }] }, "With npm test."]);
for await (const message of run("How are tests run?", { ...options, model: reader })) {
  if (message.type === "tool_result") console.log("remembered:", message.content);
}

// The same from a context that holds a web page, say: nobody is here to look at it, so it is denied.
const tainted = scriptedModel([{ toolCalls: [{ name: "MemoryWrite", args: { ...noted, key: "evil" } }] }, "Denied."]);
for await (const message of run("Note this", { ...options, model: tainted, labels: { isTainted: true } })) {
  if (message.type === "tool_result") console.log(`${message.outcome}: ${message.decision.reason}`);
}
await rm(home, { recursive: true });
