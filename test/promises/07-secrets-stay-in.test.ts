import { readdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { expect, it } from "vitest";

import { useStage } from "./stage.ts";

const stage = useStage();
const SECRET = "correct-horse-battery-staple";
const KEY = ["ghp", "0123456789abcdefghijABCDEFGHIJ012345"].join("_");

it("promise 7: a secret in tool output reaches neither messages, model nor log", async () => {
  await writeFile(join(stage.folder, "notes.txt"), `token ${KEY}\npassword ${SECRET}\n`);
  const base64 = Buffer.from(SECRET).toString("base64");
  const { messages, requests } = await stage.callTools(
    [
      { name: "Read", args: { file_path: "notes.txt" } },
      {
        name: "Bash",
        args: {
          command: `cat notes.txt; base64 notes.txt >/dev/null; printf '%s' ${base64.slice(0, 6)}; printf '%s' ${base64.slice(6)}`,
        },
      },
      { name: "Grep", args: { pattern: "token" } },
    ],
    { env: { HOME: stage.folder, PATH: process.env["PATH"], VAULT_PASSWORD: SECRET } },
  );
  const shown = messages.filter(({ type }) => type === "tool_result" || type === "tool_progress");
  const log = join(stage.folder, ".harness", "audit");
  const files = (await readdir(log)).filter((name) => name.endsWith(".jsonl"));
  const records = await Promise.all(files.map(async (name) => await readFile(join(log, name), "utf8")));
  const seenByModel = requests.map((request) => JSON.stringify(request)).join("");
  expect(files).toHaveLength(1);
  for (const secret of [KEY, SECRET, base64]) {
    expect(JSON.stringify(shown)).not.toContain(secret);
    expect(records.join("")).not.toContain(secret);
    expect(seenByModel).not.toContain(secret);
  }
});
