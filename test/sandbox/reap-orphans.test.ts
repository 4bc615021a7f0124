import { execFileSync, spawn, spawnSync } from "node:child_process";
import { existsSync } from "node:fs";
import { mkdir, mkdtemp, readdir, readFile, realpath, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { describe, expect, it } from "vitest";

import { createSandbox, reapOrphans, type SandboxOptions } from "../../src/sandbox/index.ts";
import { ownerMark } from "../../src/sandbox/owner.ts";
import { runsSources } from "../runs-sources.ts";
import { hasImage } from "./has-image.ts";

const IMAGE = "harness-test:busybox";
const isRequired = process.env["HARNESS_REQUIRE_SERVICES"] === "1";

const MODES: readonly (readonly [string, Omit<SandboxOptions, "cwd">, boolean])[] = [
  ["process", { mode: "process" }, process.platform === "linux"],
  ["os", { mode: "os" }, existsSync("/usr/bin/bwrap")],
  ["docker", { mode: "docker", docker: { image: IMAGE } }, hasImage(IMAGE)],
  ["docker on a copy", { mode: "docker", docker: { image: IMAGE, workspace: "copy" } }, hasImage(IMAGE)],
];

describe.each(MODES)("reapOrphans() after kill -9 of the host in mode %s", (_mode, options, isThere) => {
  it.skipIf((!isThere && !isRequired) || !runsSources)(
    "leaves no process, container, folder or placeholder (not on Node 22, which runs no `using`)",
    async () => {
      const cwd = await realpath(await mkdtemp(join(tmpdir(), "harness-reap-")));
      const module = new URL("../../src/sandbox/index.ts", import.meta.url).href;
      const program = `
        const { createSandbox } = await import(${JSON.stringify(module)});
        const sandbox = await createSandbox(${JSON.stringify({ ...options, cwd })});
        const command = "(setsid sh -c 'while :; do echo x >> alive; sleep 0.1; done' &) ; while :; do echo y >> alive; sleep 0.1; done";
        void sandbox.exec(command);
        setInterval(() => console.log("up"), 100);`;
      const child = spawn(process.execPath, ["--input-type=module", "-e", program], {
        stdio: ["ignore", "pipe", "inherit"],
      });
      const pid = child.pid ?? 0;
      const place = options.docker?.workspace === "copy" ? await waitForCopy(pid) : cwd;
      await waitFor(() => existsSync(join(place, "alive")));
      child.kill("SIGKILL");
      await new Promise((resolve) => child.once("exit", resolve));
      await reapOrphans();
      // Another program's reaper may be at the same: what it has in hand goes when it is done.
      await waitFor(async () => (await leftOf(pid)).length === 0);
      const before = existsSync(join(place, "alive")) ? await readFile(join(place, "alive"), "utf8") : "";
      await sleep(400);
      const after = existsSync(join(place, "alive")) ? await readFile(join(place, "alive"), "utf8") : "";
      expect(after).toBe(before);
      expect((await readdir(cwd)).filter((name) => name !== "alive" && name !== ".harness")).toEqual([]);
      await rm(cwd, { recursive: true, force: true });
    },
  );
});

describe("reapOrphans()", () => {
  it.each(["", '["/tm', "{}"])("is not held up by a note %j of what was left", async (note) => {
    const { pid } = spawnSync("true");
    const folder = join(tmpdir(), `harness-os-${ownerMark(pid)}-abcdef`);
    await mkdir(folder);
    await writeFile(join(folder, "left.json"), note);
    await reapOrphans();
    // Another test's sandbox may be at it.
    await expect.poll(() => existsSync(folder)).toBe(false);
  });

  it("leaves alone what belongs to a living program, and finds nothing twice", async () => {
    await using sandbox = await createSandbox({ mode: "process", cwd: tmpdir() });
    await sandbox.exec("sleep 63 > /dev/null 2>&1 &");
    const none = { processes: 0, folders: 0, containers: 0 };
    // Programs of other tests die meanwhile.
    await expect.poll(() => reapOrphans()).toEqual(none);
    expect((await sandbox.exec("cat /proc/[0-9]*/cmdline | tr '\\0' ' '")).stdout).toContain("sleep 63");
  });
});

async function waitForCopy(pid: number): Promise<string> {
  let found: string | undefined;
  await waitFor(async () => {
    found = (await readdir(tmpdir())).find((name) => name.startsWith(`harness-copy-${pid}-`));
    return found !== undefined;
  });
  return join(tmpdir(), found ?? "");
}

async function waitFor(isSo: () => boolean | Promise<boolean>): Promise<void> {
  while (!(await isSo())) await sleep(50);
}

async function leftOf(pid: number): Promise<readonly string[]> {
  const folders = (await readdir(tmpdir())).filter((name) => name.includes(`-${pid}-`));
  return [...folders, ...containersOf(pid)];
}

function containersOf(pid: number): readonly string[] {
  if (!hasImage(IMAGE)) return [];
  const listed = execFileSync("docker", ["ps", "-a", "--format", '{{.ID}} {{.Label "harness.owner"}}'], {
    encoding: "utf8",
  });
  return listed.split("\n").filter((line) => line.split(" ")[1]?.startsWith(`${pid}-`) === true);
}
