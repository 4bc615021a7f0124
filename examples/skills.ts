// Skills: instructions that the model loads when it needs them; while one is active, only its tools work.
import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { run } from "harness-agent";
import { scriptedModel } from "harness-agent/testing";

const folder = await mkdtemp(join(tmpdir(), "skills-example-"));
await mkdir(join(folder, "release-notes"));
await writeFile(
  join(folder, "release-notes", "SKILL.md"),
  "---\ndescription: Writes release notes\nallowed-tools: [Read, Glob]\n---\nRead CHANGELOG.md and write five lines.\n",
);

const model = scriptedModel([
  { toolCalls: [{ name: "Skill", args: { name: "release-notes" } }] },
  { toolCalls: [{ name: "Bash", args: { command: "git push" } }] },
  "Done.",
]);
const current = run("Write the release notes", {
  model,
  audit: false,
  permissionMode: "bypass",
  // Without this: ~/.harness/skills and .harness/skills of the project.
  skills: [folder],
});
for await (const message of current) {
  if (message.type === "tool_result") console.log(`${message.name}: ${message.outcome}, ${message.decision.reason}`);
}
await rm(folder, { recursive: true });
