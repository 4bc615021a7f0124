import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { expect, it } from "vitest";

import { run, type RunOptions } from "../../src/index.ts";
import { scriptedModel } from "../../src/testing/index.ts";
import { useStage } from "./stage.ts";

const stage = useStage();
const touch = { name: "Bash", args: { command: "touch made" } };

it("promise 2: a check, hook or approver that throws denies", async () => {
  const broken = (): never => {
    throw new Error("broken");
  };
  const parts: readonly RunOptions[] = [
    { policy: { check: broken } },
    { risk: { check: broken } },
    { hooks: [{ event: "beforeToolCall", run: broken }] },
    { permissionMode: "default", onApproval: broken },
  ];
  for (const part of parts) {
    const { results } = await stage.callTools([touch], part);
    expect(results[0]?.outcome).toBe("denied");
  }
});

it("promise 2: a filter that throws withholds the output", async () => {
  const apply = (): never => {
    throw new Error("broken");
  };
  const { results } = await stage.callTools([{ name: "Bash", args: { command: "echo visible" } }], {
    filters: [{ name: "mine", apply }],
  });
  expect(results[0]?.content).not.toContain("visible");
});

it.each([
  ["a configuration that is no TOML", "config.toml", "[permissions", "config_invalid"],
  ["an unknown key", "config.toml", "[audit]\nenable = false\n", "config_invalid"],
  ["a policy that is no YAML", "policy.yml", "rules: [", "policy_invalid"],
  [
    "an unknown condition",
    "policy.yml",
    "version: 1\nrules:\n  - tool: Bash\n    decision: deny\n    when:\n      comand_matches: x\n",
    "policy_invalid",
  ],
])("promise 2: a run does not start with %s", async (_name, file, text, code) => {
  await mkdir(join(stage.folder, ".harness"));
  await writeFile(join(stage.folder, ".harness", file), text);
  const model = scriptedModel(["Never."]);
  const result = await run("Go", stage.options({ model })).result;
  expect(result).toMatchObject({ stopReason: "error", turns: 0, error: { code } });
  expect(model.requests).toHaveLength(0);
});

it("promise 2: a sandbox that is not there is an error, never a weaker one", async () => {
  const model = scriptedModel(["Never."]);
  const sandbox = { mode: "docker", docker: { socketPath: "/nowhere/docker.sock" } } as const;
  const result = await run("Go", stage.options({ model, sandbox })).result;
  expect(result).toMatchObject({ stopReason: "error", turns: 0, error: { code: "sandbox_unavailable" } });
});

it("promise 2: a log that cannot be written stops the run before it begins", async () => {
  await writeFile(join(stage.folder, "file"), "");
  const model = scriptedModel(["Never."]);
  const result = await run("Go", stage.options({ model, audit: { dir: join(stage.folder, "file", "audit") } })).result;
  expect(result).toMatchObject({ stopReason: "error", error: { code: "audit_failed" } });
  expect(model.requests).toHaveLength(0);
});
