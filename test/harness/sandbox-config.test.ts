import { existsSync } from "node:fs";
import { chmod, mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";

import { run, type ToolResult } from "../../src/index.ts";
import { scriptedModel } from "../../src/testing/index.ts";
import { hasImage } from "../sandbox/has-image.ts";

const IMAGE = "harness-test:busybox";
const isRequired = process.env["HARNESS_REQUIRE_SERVICES"] === "1";
const hasEngine = hasImage(IMAGE) || isRequired;
const hasBubblewrap = existsSync("/usr/bin/bwrap") || isRequired;

describe("[sandbox] of the user's configuration", () => {
  let folder = "";
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), "harness-sandbox-config-"));
    await mkdir(join(folder, "home/.harness"), { recursive: true });
    await mkdir(join(folder, "project"));
  });
  afterEach(() => rm(folder, { recursive: true, force: true }));

  /** Runs one command under the section, and gives its result. */
  async function resultOf(section: readonly string[], command: string): Promise<ToolResult | undefined> {
    await writeFile(join(folder, "home/.harness/config.toml"), ["[sandbox]", ...section].join("\n"));
    const results: ToolResult[] = [];
    const messages = run("Go", {
      model: scriptedModel([{ toolCalls: [{ name: "Bash", args: { command } }] }, "Done."]),
      cwd: join(folder, "project"),
      env: { HOME: join(folder, "home"), PATH: process.env["PATH"] },
      permissionMode: "bypass",
      tools: ["Bash"],
      audit: false,
    });
    for await (const message of messages) {
      if (message.type === "tool_result") results.push(message);
      if (message.type === "result") expect(message.error).toBeUndefined();
    }
    return results[0];
  }

  const LIMITS = [
    "max_memory_mb = 1024",
    "max_cpu_seconds = 50",
    "max_processes = 300",
    "max_file_size_mb = 3",
    "max_open_files = 77",
    "max_disk_mb = 500",
  ];

  it("limits commands of mode process, with and without processes of their own", async () => {
    const command = "ulimit -d; ulimit -t; ulimit -f; ulimit -n";
    const result = await resultOf([...LIMITS, "grace_ms = 5", "timeout_ms = 30000"], command);
    expect(result?.content).toContain("1048576\n50\n3072\n77");
    const limits = ["time", "output", "memory", "cpu", "file-size", "descriptors", "disk"];
    expect(result?.isolation.limits).toEqual(expect.arrayContaining(limits));
    const shared = await resultOf(["private_processes = false"], `test -d /proc/${process.pid} && echo seen`);
    expect(shared?.isolation.protections ?? []).not.toContain("pid-namespace");
    expect(shared?.content).toContain("seen");
  });

  it.skipIf(!hasBubblewrap)("lets commands of mode os read read_paths (skipped without bubblewrap)", async () => {
    await mkdir(join(folder, "tools"));
    await writeFile(join(folder, "tools/file"), "readable");
    const command = `cat ${join(folder, "tools/file")}`;
    expect((await resultOf(['mode = "os"'], command))?.isError).toBe(true);
    const section = ['mode = "os"', `read_paths = [${JSON.stringify(join(folder, "tools"))}]`];
    expect((await resultOf(section, command))?.content).toContain("readable");
  });

  it.skipIf(!hasEngine)("reaches the container of mode docker (skipped without its image)", async () => {
    const section = ['mode = "docker"', `docker_image = "${IMAGE}"`, 'docker_pull = "never"', ...LIMITS];
    const copied = [...section, 'docker_runtime = "runc"', 'docker_workspace = "copy"', "docker_cpus = 0.5"];
    const result = await resultOf(copied, "ulimit -n; echo made > made");
    expect(result?.content).toMatch(/^77/);
    expect(existsSync(join(folder, "project/made"))).toBe(false);
    expect(result?.isolation).toMatchObject({ mode: "docker", runtime: "runc" });
    // A place that this user can write.
    await chmod(join(folder, "project"), 0o777);
    const owned = [...section, 'docker_user = "1234:1235"', 'docker_socket = "/var/run/docker.sock"'];
    expect((await resultOf(owned, "id -u; id -g"))?.content).toContain("1234\n1235");
  });

  const REFUSED: readonly (readonly [string, RegExp])[] = [
    ['docker_pull = "always"', /docker_pull" must be one of "missing", "never"/],
    ['docker_workspace = "both"', /docker_workspace" must be one of/],
    ["private_processes = 1", /private_processes" must be true or false/],
    ["max_open_files = 0", /max_open_files" must be a whole number/],
    ["private_process = true", /private_processes/],
  ];
  const REFUSED_BY_DOCKER: readonly (readonly [string, RegExp])[] = [
    ['docker_user = "me"', /docker\.user must be/],
    ['docker_runtime = "none-such"', /none-such/],
  ];

  it.each([
    ...REFUSED,
    ...(hasEngine ? REFUSED_BY_DOCKER : []).map(([line, message]): readonly [string, RegExp] => [
      `mode = "docker"\ndocker_image = "${IMAGE}"\n${line}`,
      message,
    ]),
  ])("refuses %s", async (lines, message) => {
    await writeFile(join(folder, "home/.harness/config.toml"), `[sandbox]\n${lines}`);
    const env = { HOME: join(folder, "home"), PATH: process.env["PATH"] };
    const result = await run("Go", { model: scriptedModel(["x"]), cwd: folder, env, audit: false }).result;
    expect(result).toMatchObject({ stopReason: "error", error: { message: expect.stringMatching(message) } });
  });
});
