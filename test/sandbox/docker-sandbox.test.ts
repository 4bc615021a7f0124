import { execFileSync, spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync } from "node:fs";
import { chown, link, mkdir, mkdtemp, readFile, realpath, rm, stat, symlink, writeFile } from "node:fs/promises";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";

import { createSandbox, type SandboxOptions } from "../../src/sandbox/index.ts";
import { peakOf } from "../held-bytes.ts";
import { runsSources } from "../runs-sources.ts";
import { sandboxConformance } from "./conformance.ts";
import { hasImage } from "./has-image.ts";

const IMAGE = "harness-test:busybox";
const isThere = hasImage(IMAGE);
const isSkipped = !isThere && process.env["HARNESS_REQUIRE_SERVICES"] !== "1";

describe.skipIf(isSkipped)(`docker (skipped without an engine with ${IMAGE}: run scripts/services/docker.sh)`, () => {
  let cwd = "";
  const open = (options: Partial<SandboxOptions> = {}) =>
    createSandbox({ mode: "docker", cwd, ...options, docker: { image: IMAGE, ...options.docker } });

  beforeAll(async () => {
    cwd = await realpath(await mkdtemp(join(tmpdir(), "harness-docker-")));
  });
  afterAll(async () => {
    await rm(cwd, { recursive: true, force: true });
  });

  sandboxConformance("docker", (options) => createSandbox({ ...options, mode: "docker", docker: { image: IMAGE } }));

  it.each([
    ["an image that is not here", { docker: { image: "harness-test:absent" } }, "docker pull harness-test:absent"],
    ["a runtime that is not there", { docker: { runtime: "no-such-runtime" } }, "no-such-runtime"],
    ["an engine that is not there", { docker: { socketPath: "/nowhere/docker.sock" } }, "/nowhere/docker.sock"],
    ["an engine elsewhere", { hostEnv: { DOCKER_HOST: "tcp://10.0.0.1:2375" } }, "tcp://10.0.0.1:2375"],
  ])("createSandbox() refuses %s", async (_case, options, text) => {
    await expect(open(options)).rejects.toMatchObject({
      name: "SandboxError",
      code: "sandbox_unavailable",
      message: expect.stringContaining(text),
    });
    expect(ownContainers()).toEqual([]);
  });

  it.each([
    "/",
    "/etc",
    "/etc/ssl",
    "/proc",
    "/sys",
    "/dev",
    "/boot",
    "/root",
    "/usr",
    "/var",
    "/run",
    "/var/run/docker.sock",
  ])("createSandbox() never mounts %s", async (path) => {
    await expect(open({ allowedPaths: [path] })).rejects.toMatchObject({ code: "sandbox_unavailable" });
    expect(ownContainers()).toEqual([]);
  });

  it("createSandbox() never mounts the folder of the engine's socket as working directory", async () => {
    await expect(open({ cwd: "/run" })).rejects.toMatchObject({ code: "sandbox_unavailable" });
  });

  it("confines as `isolation` says: no capability, no privilege, no network, nothing to write but the workspace", async () => {
    const server = createServer((socket) => socket.end()).listen(0, "0.0.0.0");
    process.env["HARNESS_TEST_SECRET"] = "sk-1";
    await using sandbox = await open();
    const status = await sandbox.exec("cat /proc/self/status");
    expect(status.stdout).toMatch(/CapEff:\t0+\n/);
    expect(status.stdout).toMatch(/NoNewPrivs:\t1/);
    expect(status.stdout).toMatch(/Seccomp:\t2/);
    expect((await sandbox.exec("ls /sys/class/net")).stdout).toBe("lo\n");
    for (const command of ["echo > /x", "echo > /etc/x", "mount -t tmpfs none /mnt", "ls /var/run/docker.sock"]) {
      expect((await sandbox.exec(command)).exitCode, command).not.toBe(0);
    }
    expect((await sandbox.exec("env")).stdout).not.toContain("sk-1");
    expect((await sandbox.exec("echo x > /tmp/x && cat /tmp/x")).stdout).toBe("x\n");
    delete process.env["HARNESS_TEST_SECRET"];
    server.close();
    expect(sandbox.isolation).toMatchObject({ filesystem: "confined", network: "none", environment: "scrubbed" });
  });

  it("runs as the owner of the workspace; as nobody where that is root, who can write it and /tmp all the same", async () => {
    const place = await realpath(await mkdtemp(join(tmpdir(), "harness-owner-")));
    await mkdir(join(place, "folder"), { mode: 0o755 });
    await writeFile(join(place, "folder", "before"), "1\n", { mode: 0o600 });
    const owner = process.getuid?.() === 0 ? 65_534 : process.getuid?.();
    await using sandbox = await open({ cwd: place });
    expect((await sandbox.exec("id -u")).stdout).toBe(`${owner}\n`);
    expect(sandbox.isolation.protections).toContain("non-root");
    await sandbox.files.write("new/by-tool", "tool\n");
    const command = "echo more >> new/by-tool && echo more >> folder/before && echo x > new/made && echo x > /tmp/x";
    expect(await sandbox.exec(command)).toMatchObject({ exitCode: 0, stderr: "" });
    await sandbox.files.write("new/made", "from a tool\n");
    expect((await sandbox.exec("cat new/made && echo end >> new/made")).stdout).toBe("from a tool\n");
    expect(await readFile(join(place, "new", "by-tool"), "utf8")).toBe("tool\nmore\n");
    expect(await readFile(join(place, "folder", "before"), "utf8")).toBe("1\nmore\n");
    await rm(place, { recursive: true });
  });

  it.skipIf(process.getuid?.() !== 0)("runs as the owner of the workspace (needs root, to give one away)", async () => {
    const place = await realpath(await mkdtemp(join(tmpdir(), "harness-owner-")));
    await chown(place, 4321, 4322);
    await using sandbox = await open({ cwd: place });
    expect((await sandbox.exec("echo x > made; id -u; id -g")).stdout).toBe("4321\n4322\n");
    expect((await stat(join(place, "made"))).uid).toBe(4321);
    await rm(place, { recursive: true });
  });

  it.skipIf(process.getuid?.() !== 0)(
    "opens nothing to the group but the tree itself: no link, no other name of a file elsewhere (needs root)",
    async () => {
      const place = await realpath(await mkdtemp(join(tmpdir(), "harness-shared-")));
      const outside = await realpath(await mkdtemp(join(tmpdir(), "harness-outside-")));
      for (const name of ["linked", "named"]) await writeFile(join(outside, name), "1", { mode: 0o600 });
      await symlink(join(outside, "linked"), join(place, "link"));
      await symlink(outside, join(place, "folder"));
      await link(join(outside, "named"), join(place, "name"));
      await using sandbox = await open({ cwd: place });
      expect((await stat(outside)).mode & 0o777).toBe(0o700);
      expect((await stat(join(outside, "linked"))).mode & 0o777).toBe(0o600);
      expect((await stat(join(outside, "named"))).mode & 0o777).toBe(0o600);
      expect((await sandbox.exec("cat name link folder/linked")).stdout).toBe("");
      await rm(place, { recursive: true });
      await rm(outside, { recursive: true });
    },
  );

  it('workspace "copy" works on a copy under the same paths and leaves the original alone', async () => {
    await writeFile(join(cwd, "original"), "1\n");
    const copy = await open({ docker: { workspace: "copy" } });
    const { stdout } = await copy.exec("pwd; echo 2 >> original; cat original; echo x > made");
    expect(stdout).toBe(`${cwd}\n1\n2\n`);
    const { bytes, state } = await copy.files.read(join(cwd, "original"));
    expect({ text: Buffer.from(bytes).toString(), path: state.path }).toEqual({
      text: "1\n2\n",
      path: join(cwd, "original"),
    });
    await copy.files.write("original", "3\n", { expect: state });
    expect((await copy.exec("cat original")).stdout).toBe("3\n");
    const told = await copy.files.read("nowhere").catch(String);
    expect(told).toContain(join(cwd, "nowhere"));
    expect(told).not.toContain("harness-copy");
    await expect(copy.files.read("../escaped")).rejects.toMatchObject({ code: "path_outside" });
    expect(await copy.files.resolve("a/../b")).toBe(join(cwd, "b"));
    await copy[Symbol.asyncDispose]();
    expect(await readFile(join(cwd, "original"), "utf8")).toBe("1\n");
    expect(existsSync(join(cwd, "made"))).toBe(false);
    await expect(open({ docker: { workspace: "copy" }, directories: [tmpdir()] })).rejects.toThrow(TypeError);
  });

  it("takes the image by its id, and says which runtimes the engine has", async () => {
    const id = execFileSync("docker", ["image", "inspect", "-f", "{{.Id}}", IMAGE], { encoding: "utf8" }).trim();
    await using sandbox = await open({ docker: { image: id } });
    expect((await sandbox.exec("echo by id")).stdout).toBe("by id\n");
    expect(sandbox.isolation.runtime).toBe("runc");
    await expect(open({ docker: { runtime: "runsc" } })).rejects.toMatchObject({
      code: "sandbox_unavailable",
      message: expect.stringMatching(/no runtime "runsc", only .*runc/),
    });
  });

  it("keeps policy and hooks of the project from being written", async () => {
    await mkdir(join(cwd, ".harness"), { recursive: true });
    await mkdir(join(cwd, ".git", "hooks"), { recursive: true });
    await writeFile(join(cwd, ".harness", "policy.yml"), "rules: []");
    await using sandbox = await open({ allowedPaths: ["/workspace"] });
    for (const file of [".harness/policy.yml", ".git/hooks/pre-commit", "/workspace/.harness/policy.yml"]) {
      expect((await sandbox.exec(`echo x > ${file}`)).exitCode, file).not.toBe(0);
    }
    expect((await sandbox.exec("mv .harness gone")).exitCode).not.toBe(0);
    expect(await readFile(join(cwd, ".harness", "policy.yml"), "utf8")).toBe("rules: []");
  });

  it("mounts allowed paths: one of the host as it is, one that it has not as the workspace", async () => {
    const other = await realpath(await mkdtemp(join(tmpdir(), "harness-other-")));
    await writeFile(join(other, "theirs"), "1");
    await using sandbox = await open({ allowedPaths: [other, "/workspace"] });
    await sandbox.exec("echo mine > /workspace/mine");
    expect(await readFile(join(cwd, "mine"), "utf8")).toBe("mine\n");
    expect((await sandbox.exec(`cat ${other}/theirs`)).stdout).toBe("1");
    await rm(other, { recursive: true });
  });

  it("files know the names that only the container knows, and a working directory named by way of a link", async () => {
    const link = `${cwd}-link`;
    await symlink(cwd, link);
    try {
      await using sandbox = await open({ cwd: link, allowedPaths: ["/workspace"] });
      await sandbox.exec("echo inside > /workspace/seen");
      expect((await sandbox.files.read("/workspace/seen")).state.path).toBe(join(cwd, "seen"));
      expect((await sandbox.exec("cat seen; pwd", { cwd: link })).stdout).toBe(`inside\n${cwd}\n`);
      await expect(sandbox.files.read("/workspace/../etc/passwd")).rejects.toMatchObject({ code: "path_outside" });
      await expect(sandbox.files.write("/workspace/.git/hooks/x", "")).rejects.toMatchObject({
        code: "path_protected",
      });
    } finally {
      await rm(link);
    }
  });

  it("holds its limits and tells a lack of memory", async () => {
    await using sandbox = await open({ limits: { memoryMb: 64, cpuSeconds: 1, processes: 30, fileSizeMb: 1 } });
    expect(sandbox.isolation.limits).toEqual(["output", "memory", "cpu", "processes", "file-size", "descriptors"]);
    expect(await sandbox.exec("head -c 200000000 /dev/zero | tail > /dev/null")).toMatchObject({ oomKilled: true });
    expect(await sandbox.exec("kill -9 $$")).toMatchObject({ oomKilled: false, exitCode: 137 });
    expect((await sandbox.exec("while :; do :; done", { timeoutMs: 60_000 })).timedOut).toBe(false);
    await sandbox.exec("head -c 5000000 /dev/zero > big");
    expect((await stat(join(cwd, "big"))).size).toBeLessThanOrEqual(1024 * 1024);
    const bomb = await sandbox.exec("i=0; while [ $i -lt 60 ]; do sleep 3 & i=$((i+1)); done", { timeoutMs: 60_000 });
    expect(bomb.stderr).toMatch(/fork/);
    // For as long as the processes are there the engine may have no room for another one: the next command waits.
    expect((await sandbox.exec("echo alive", { timeoutMs: 60_000 })).stdout).toBe("alive\n");
  });

  it("exec() waits for room where the container is full, and runs each command once", async () => {
    await using sandbox = await open({ limits: { processes: 8 } });
    const names = Array.from({ length: 12 }, (_, index) => `run${index}`);
    const ends = await Promise.all(names.map((name) => sandbox.exec(`echo ${name} >> ran; exec sleep 1`)));
    expect(ends.map(({ exitCode }) => exitCode)).toEqual(names.map(() => 0));
    expect((await readFile(join(cwd, "ran"), "utf8")).trim().split("\n").toSorted()).toEqual(names.toSorted());
  });

  it("exec() bounds its memory in a flood of 1 GB", async () => {
    await using sandbox = await open();
    const { value, peakBytes } = await peakOf(() => sandbox.exec("head -c 1000000000 /dev/zero"));
    const { output, truncated, exitCode } = value;
    expect({ truncated, exitCode }).toEqual({ truncated: true, exitCode: 0 });
    expect(output.length).toBeLessThan(1.1 * 1024 * 1024);
    expect(peakBytes).toBeLessThan(50 * 1024 * 1024);
  });

  it("ends a command that hides from the script which ends it", async () => {
    await using sandbox = await open();
    const { timedOut } = await sandbox.exec("exec env -i sleep 61", { timeoutMs: 300 });
    expect(timedOut).toBe(true);
    expect((await sandbox.exec("ps -o args")).stdout).not.toContain("sleep 61");
  });

  it.each([
    [
      "a container that is full",
      "(i=0; while [ $i -lt 64 ]; do sleep 62 & i=$((i+1)); done); echo full; exec sleep 62",
    ],
    ["a fork bomb", "f() { f | f & }; echo full; f; sleep 62"],
    ["processes that start others of their own", "echo full; while :; do (setsid sleep 62 &); sleep 0.01; done"],
    ["a command that hides", "echo full; exec env -i sleep 62"],
  ])("an abort leaves nothing of %s, and the next command runs", async (_name, command) => {
    await using sandbox = await open({ limits: { processes: 32 } });
    const controller = new AbortController();
    const reason = new Error("enough");
    const onOutput = (text: string): void => {
      if (text.includes("full")) setTimeout(() => controller.abort(reason), 100);
    };
    await expect(sandbox.exec(command, { signal: controller.signal, onOutput })).rejects.toBe(reason);
    const { stdout } = await sandbox.exec("cat /proc/[0-9]*/cmdline | tr '\\0' ' '");
    expect(stdout).not.toContain("sleep 62");
  });

  it.skipIf(!runsSources)(
    "removes its container when disposed of, and orphans of dead programs (not on Node 22, which has no `using`)",
    async () => {
      const project = await realpath(await mkdtemp(join(tmpdir(), "harness-docker-")));
      const program = `
      const { createSandbox } = await import(${JSON.stringify(new URL("../../src/sandbox/index.ts", import.meta.url).href)});
      await createSandbox({ mode: "docker", cwd: ${JSON.stringify(project)}, docker: { image: "${IMAGE}" } });
      setInterval(() => console.log("up"), 100);`;
      const child = spawn(process.execPath, ["--input-type=module", "-e", program], {
        stdio: ["ignore", "pipe", "inherit"],
      });
      const { pid } = child;
      await once(child.stdout, "data");
      // While it lives: another test's sandbox removes it, too, once it is dead.
      expect(containersOf(pid)).toHaveLength(1);
      // Made for a mount; the project had none.
      expect(existsSync(join(project, ".harness"))).toBe(true);
      child.kill("SIGKILL");
      await once(child, "exit");
      const sandbox = await open();
      await expect.poll(() => [...containersOf(pid), existsSync(join(project, ".harness"))]).toEqual([false]);
      expect(ownContainers()).toHaveLength(1);
      await sandbox[Symbol.asyncDispose]();
      expect(ownContainers()).toEqual([]);
      await rm(project, { recursive: true });
    },
  );
});

function ownContainers(): readonly string[] {
  return containersOf(process.pid);
}

function containersOf(pid: number | undefined): readonly string[] {
  const format = '{{.ID}} {{.Label "harness.owner"}}';
  const listed = execFileSync("docker", ["ps", "-a", "--format", format], { encoding: "utf8" });
  return listed.split("\n").filter((line) => line.split(" ")[1]?.startsWith(`${pid}-`) === true);
}
