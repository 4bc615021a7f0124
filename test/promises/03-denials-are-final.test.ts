import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { expect, it } from "vitest";

import { useStage } from "./stage.ts";

const stage = useStage();
const push = { name: "Bash", args: { command: "docker push image" } };

async function writePolicy(folder: string, decision: string): Promise<void> {
  await mkdir(join(folder, ".harness"), { recursive: true });
  const text = `version: 1\nrules:\n  - tool: Bash\n    decision: ${decision}\n    when:\n      command_matches: "docker push*"\n`;
  await writeFile(join(folder, ".harness", "policy.yml"), text);
}

it.each(["default", "accept_edits", "plan", "bypass"] as const)(
  "promise 3: a policy's denial holds in mode %s",
  async (mode) => {
    await writePolicy(stage.folder, "deny");
    const { results } = await stage.callTools([push], { permissionMode: mode, onApproval: () => true });
    expect(results[0]?.outcome).toBe("denied");
  },
);

it("promise 3: a project's allowance, a permission rule, an approval and a hook do not lift the organisation's denial", async () => {
  await writePolicy(stage.folder, "deny");
  const project = join(stage.folder, "project");
  await writePolicy(project, "allow");
  const { results } = await stage.callTools([push], {
    cwd: project,
    trustProject: true,
    permissions: { allow: ["Bash"] },
    onApproval: () => true,
    hooks: [{ event: "beforeToolCall", run: () => ({ type: "proceed" }) }],
  });
  expect(results[0]).toMatchObject({ outcome: "denied", decision: { layer: "policy" } });
});

it("promise 3: an explicit denial beats an explicit allowance", async () => {
  const { results } = await stage.callTools([push], { permissions: { allow: ["Bash"], deny: ["Bash"] } });
  expect(results[0]?.outcome).toBe("denied");
});
