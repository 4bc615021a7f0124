import { mkdtemp, realpath, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";

import { openE2bSandbox, type E2bSandboxOptions } from "../../src/sandbox/index.ts";
import { filesConformance, sandboxConformance } from "../../src/testing/index.ts";
import { openFakeE2b, type FakeE2b } from "./fake-e2b.ts";

describe("openE2bSandbox() against a fake of E2B's interface", () => {
  let fake: FakeE2b;
  let cwd = "";
  const open = (options: E2bSandboxOptions = {}) =>
    openE2bSandbox({ apiKey: "e2b_test", apiUrl: fake.url, sandboxUrl: fake.url, cwd, ...options });

  beforeAll(async () => {
    fake = await openFakeE2b();
    cwd = await realpath(await mkdtemp(join(tmpdir(), "harness-e2b-")));
  });
  afterAll(async () => {
    await fake[Symbol.asyncDispose]();
    await rm(cwd, { recursive: true, force: true });
  });

  it.each(sandboxConformance(() => open()).map(({ name, run }) => [name, run] as const))("%s", async (_name, run) => {
    await expect(run()).resolves.toBeUndefined();
  });

  it.each(
    filesConformance(async () => {
      const place = await realpath(await mkdtemp(join(cwd, "files-")));
      return (await open({ cwd: place })).files;
    }).map(({ name, run }) => [name, run] as const),
  )("files: %s", async (_name, run) => {
    await expect(run()).resolves.toBeUndefined();
  });

  it("asks for a machine without internet, and ends it", async () => {
    const before = fake.alive.size;
    const sandbox = await open({ lifeMs: 120_000 });
    expect(fake.alive.size).toBe(before + 1);
    expect(fake.bodies.at(-1)).toMatchObject({ timeout: 120, allow_internet_access: false });
    expect(sandbox.isolation).toMatchObject({ mode: "e2b", network: "none", filesystem: "confined" });
    await sandbox[Symbol.asyncDispose]();
    expect(fake.alive.size).toBe(before);
  });

  it("tells that none can be had, and refuses blocked commands", async () => {
    await expect(open({ apiKey: "wrong" })).rejects.toMatchObject({ code: "sandbox_unavailable" });
    await using sandbox = await open({ blockedCommands: ["curl"] });
    await expect(sandbox.exec("echo | c'u'rl x")).rejects.toMatchObject({ code: "command_blocked" });
  });

  it("files follow no link out of the root and write nothing that is protected", async () => {
    await using sandbox = await open();
    const outside = `${cwd}-outside`;
    await writeFile(outside, "secret");
    await symlink(outside, join(cwd, "way-out"));
    await symlink(tmpdir(), join(cwd, "folder-out"));
    const { files } = sandbox;
    await expect(files.read("way-out")).rejects.toMatchObject({ code: "path_outside" });
    await expect(files.write("folder-out/made", "x")).rejects.toMatchObject({ code: "path_outside" });
    await expect(files.write(".git/hooks/x", "x")).rejects.toMatchObject({ code: "path_protected" });
    await expect(files.read("a\0b")).rejects.toMatchObject({ code: "path_outside" });
    await files.remove("way-out");
    await files.write('it\'s "odd"; $(x)', "named oddly");
    expect(Buffer.from((await files.read('it\'s "odd"; $(x)')).bytes).toString()).toBe("named oddly");
    await rm(outside);
  });
});
