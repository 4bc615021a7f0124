import { readFile, writeFile } from "node:fs/promises";
import { expect, it } from "vitest";

import { verifyAudit } from "../../src/audit/index.ts";
import { useStage } from "./stage.ts";

const stage = useStage();

it("promise 8: an edit, an insertion and a removal in the middle of a log are found", async () => {
  const { messages } = await stage.callTools([
    { name: "Bash", args: { command: "echo one" } },
    { name: "Bash", args: { command: "echo two" } },
  ]);
  const start = messages.find((message) => message.type === "system" && message.subtype === "session_start");
  const path = start?.type === "system" && start.subtype === "session_start" ? start.data.auditPath : undefined;
  if (path === undefined) throw new Error("The run told no path of its log");
  await expect(verifyAudit(path)).resolves.toMatchObject({ ok: true });

  const lines = (await readFile(path, "utf8")).trimEnd().split("\n");
  expect(lines.length).toBeGreaterThan(8);
  const middle = 4;
  const changed = [
    lines.with(middle, (lines[middle] ?? "").replace(/"seq":\d+/, '"seq":99')),
    lines.toSpliced(middle, 0, lines[middle] ?? ""),
    lines.toSpliced(middle, 1),
  ];
  for (const version of changed) {
    await writeFile(path, `${version.join("\n")}\n`);
    await expect(verifyAudit(path)).resolves.toMatchObject({ ok: false });
  }
});
