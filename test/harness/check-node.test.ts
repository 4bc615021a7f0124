import { execFile } from "node:child_process";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { describe, expect, it } from "vitest";

import { HarnessError } from "../../src/errors/index.ts";
import { checkNode } from "../../src/harness/check-node.ts";
import manifest from "../../package.json" with { type: "json" };

const run = promisify(execFile);
const fileOf = (path: string): string => fileURLToPath(new URL(`../../${path}`, import.meta.url));

/** Runs a program that sees another version of Node than the one that runs it. */
async function runAs(version: string, ...args: readonly string[]): Promise<string> {
  const disguise = `Object.defineProperty(process, "versions", { value: { ...process.versions, node: "${version}" } })`;
  const preload = `data:text/javascript,${encodeURIComponent(disguise)}`;
  const ended = run(process.execPath, ["--import", preload, ...args]).catch((error: unknown) => error);
  // Both have what the program wrote.
  const { stdout, stderr } = (await ended) as { readonly stdout: string; readonly stderr: string };
  return stdout + stderr;
}

// The sources themselves do not run on Node 22.
const PROGRAM = `
  import { createHarness, run } from ${JSON.stringify(fileOf("dist/index.js"))};
  const show = (error) => console.log(error.name, error.code, error.message);
  try { run("x", { audit: false }); } catch (error) { show(error); }
  await createHarness({ audit: false }).catch(show);
`;

describe("checkNode()", () => {
  it.each(["18.20.8", "20.20.2", "21.7.3", "22.0.0", "22.12.0", "22.15.1", "23.11.0", "", "nonsense", "0.12.1"])(
    "refuses %j with the version that is needed and the one that is there",
    (version) => {
      const check = (): void => checkNode(undefined, version);
      expect(check).toThrow(HarnessError);
      expect(check).toThrow(expect.objectContaining({ code: "node_unsupported" }));
      expect(check).toThrow(`This is Node ${version}, and harness-agent needs Node 22.22.3`);
    },
  );

  it.each(["22.16.0", "22.22.2", "24.0.0", "24.14.9"])("warns of %s and goes on", (version) => {
    const warnings: string[] = [];
    checkNode((warning) => warnings.push(warning), version);
    expect(warnings).toEqual([expect.stringContaining(`This is Node ${version}: use Node 22.22.3`)]);
    expect(() => checkNode(undefined, version)).not.toThrow();
  });

  it.each(["22.22.3", "22.23.0", "24.15.0", "25.0.0", "26.10.0", "26.0.0-nightly2026"])(
    "says nothing of %s",
    (version) => {
      checkNode((warning) => expect.unreachable(warning), version);
    },
  );

  it("agrees with what the package says that it needs", () => {
    expect(manifest.engines.node).toBe("^22.22.3 || >=24.15.0");
  });

  it("run() and createHarness() say it before anything else", async () => {
    const shown = await runAs("20.20.2", "--input-type=module", "-e", PROGRAM);
    const line = "HarnessError node_unsupported This is Node 20.20.2, and harness-agent needs Node 22.22.3 or newer";
    expect(shown.split(line)).toHaveLength(3);
  });

  it.each([[["do it"]], [["audit", "verify"]], [["sessions", "list"]]])("the command says it for %j", async (args) => {
    const shown = await runAs("20.20.2", fileOf("dist/cli/main.js"), ...args);
    expect(shown).toMatch(/^harness: This is Node 20\.20\.2, and harness-agent needs Node 22\.22\.3 or newer/);
  });

  it("the command tells its version and options on any", async () => {
    expect(await runAs("20.20.2", fileOf("dist/cli/main.js"), "--version")).toMatch(/^harness-agent \d/);
    expect(await runAs("20.20.2", fileOf("dist/cli/main.js"), "audit", "--help")).toContain("harness audit");
  });
});
