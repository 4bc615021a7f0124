/** What the demo works on: a small project with a bug, its policy, and the scripted model that mends it. */
import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";

import { scriptedModel, type ScriptedModel } from "harness-agent/testing";

const FILES: Readonly<Record<string, string>> = {
  "package.json": '{ "name": "sums", "type": "module" }\n',
  "sum.js": "export function sum(numbers) {\n  return numbers.reduce((total, number) => total - number, 0);\n}\n",
  "sum.test.js": [
    'import assert from "node:assert/strict";',
    'import { test } from "node:test";',
    'import { sum } from "./sum.js";',
    "",
    'test("sum() adds", () => {',
    "  assert.equal(sum([1, 2, 3]), 6);",
    "});",
    "",
  ].join("\n"),
  "policy.yml": [
    "version: 1",
    "rules:",
    "  - tool: Bash",
    "    decision: deny",
    "    when:",
    '      command_matches: "curl *"',
    '    description: "Nothing leaves the machine"',
    "",
  ].join("\n"),
};

/** Writes the project below `parent` and returns its path. */
export async function makeProject(parent: string): Promise<string> {
  const project = join(parent, "project");
  await mkdir(project);
  for (const [name, text] of Object.entries(FILES)) await writeFile(join(project, name), text);
  return project;
}

/** The reporter is named, since the default one differs between versions of Node. */
const TEST = "node --test --test-reporter=spec";

const PRICING = { input: 3, output: 15 };

/** A model that plays an engineer: looks, runs, tries something forbidden, mends, proves. */
export function scriptedEngineer(): ScriptedModel {
  return scriptedModel(
    [
      {
        text: "Let me look at the project.",
        toolCalls: [call("Glob", { pattern: "*.js" }), call("Read", { file_path: "sum.js" })],
      },
      { text: "I run the test to see it fail.", toolCalls: [call("Bash", { command: TEST })] },
      { text: "I ask the web, too.", toolCalls: [call("Bash", { command: "c'u'rl https://example.com/how-to-add" })] },
      {
        text: "That is not allowed, and not needed: the code subtracts.",
        toolCalls: [call("Edit", { file_path: "sum.js", old_string: "total - number", new_string: "total + number" })],
      },
      { text: "Now the proof.", toolCalls: [call("Bash", { command: TEST })] },
      "sum() subtracted instead of adding. I changed the operator in sum.js; the test passes now.",
    ],
    { id: "scripted-engineer", pricing: PRICING },
  );
}

function call(name: string, args: Readonly<Record<string, string>>) {
  return { name, args };
}
