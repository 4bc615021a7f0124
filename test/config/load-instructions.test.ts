import { execFileSync } from "node:child_process";
import { mkdir, symlink } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, it } from "vitest";

import { loadInstructions } from "../../src/config/index.ts";
import { openWorkspace } from "./workspace.ts";

describe("loadInstructions()", () => {
  it("gives nothing where there is nothing", async () => {
    await using workspace = await openWorkspace();
    expect(await loadInstructions(workspace)).toEqual({ text: "", files: [] });
    expect(await loadInstructions({ ...workspace, cwd: join(workspace.cwd, "nowhere") })).toEqual({
      text: "",
      files: [],
    });
  });

  it("reads from the repository's root to cwd, outermost first, and nothing beside or above", async () => {
    await using workspace = await openWorkspace();
    const cwd = join(workspace.cwd, "a", "b");
    await mkdir(join(workspace.cwd, ".git"));
    await workspace.write("home/AGENTS.md", "above");
    await workspace.write("home/project/c/AGENTS.md", "beside");
    const files = [
      await workspace.write("home/project/HARNESS.md", "one"),
      await workspace.write("home/project/AGENTS.md", "two"),
      await workspace.write("home/project/a/b/AGENTS.md", "three\n"),
    ];
    const loaded = await loadInstructions({ cwd, home: workspace.home });
    expect(loaded.files).toEqual(files);
    expect(loaded.text).toBe("## HARNESS.md\n\none\n\n## AGENTS.md\n\ntwo\n\n## a/b/AGENTS.md\n\nthree");
  });

  it("reads only cwd where there is no repository", async () => {
    await using workspace = await openWorkspace();
    await workspace.write("home/project/AGENTS.md", "above");
    await workspace.write("home/project/a/AGENTS.md", "here");
    const { text } = await loadInstructions({ cwd: join(workspace.cwd, "a"), home: workspace.home });
    expect(text).toBe("## AGENTS.md\n\nhere");
  });

  it("does not follow links that leave the repository; reads a file with two names once", async () => {
    await using workspace = await openWorkspace();
    const secret = await workspace.write("secret", "secret");
    await workspace.write("home/project-evil/AGENTS.md", "secret");
    await mkdir(join(workspace.cwd, ".git"));
    await symlink(secret, join(workspace.cwd, "HARNESS.md"));
    await mkdir(join(workspace.cwd, "a"));
    await symlink("../../project-evil/AGENTS.md", join(workspace.cwd, "a", "HARNESS.md"));
    await workspace.write("home/project/AGENTS.md", "mine");
    await symlink("../AGENTS.md", join(workspace.cwd, "a", "AGENTS.md"));
    const { text, files } = await loadInstructions({ cwd: join(workspace.cwd, "a"), home: workspace.home });
    expect(text).toBe("## AGENTS.md\n\nmine");
    expect(files).toEqual([join(workspace.cwd, "AGENTS.md")]);
  });

  it("passes over folders and pipes of that name", async () => {
    await using workspace = await openWorkspace();
    await mkdir(join(workspace.cwd, "HARNESS.md"));
    execFileSync("mkfifo", [join(workspace.cwd, "AGENTS.md")]);
    expect(await loadInstructions(workspace)).toEqual({ text: "", files: [] });
  });

  it("keeps 50 000 bytes in total, cuts no character, and says so", async () => {
    await using workspace = await openWorkspace();
    await workspace.write("home/project/HARNESS.md", "x");
    await workspace.write("home/project/AGENTS.md", "€".repeat(30_000));
    const { text } = await loadInstructions(workspace);
    expect(text).toContain("## HARNESS.md\n\nx");
    expect(text).toMatch(/€\n\n\[The instructions are longer than 50000 bytes: the rest is left out\.\]$/);
    expect(text).not.toContain("\uFFFD");
    expect(Buffer.byteLength(text)).toBeLessThan(50_200);
  });

  it.each([0, 1, 2])("says so also where %d bytes are left for the next file", async (left) => {
    await using workspace = await openWorkspace();
    await workspace.write("home/project/HARNESS.md", "x".repeat(50_000 - left));
    await workspace.write("home/project/AGENTS.md", "€ more");
    const { text, files } = await loadInstructions(workspace);
    expect(text).toMatch(/x\n\n\[The instructions are longer than 50000 bytes: the rest is left out\.\]$/);
    expect(files).toEqual([join(workspace.cwd, "HARNESS.md")]);
  });

  it("says nothing of a cut where everything fits exactly", async () => {
    await using workspace = await openWorkspace();
    await workspace.write("home/project/AGENTS.md", "x".repeat(50_000));
    expect((await loadInstructions(workspace)).text).not.toContain("left out");
  });
});
