import { execFileSync } from "node:child_process";
import { fork, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { createServer } from "node:net";
import {
  chmodSync,
  existsSync,
  linkSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  realpathSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";

import { createFiles, DEFAULT_PROTECTED_PATHS, type FilesOptions } from "../../src/files/index.ts";
import { toFileState } from "../../src/files/file-state.ts";
import type { Files } from "../../src/spec/index.ts";

const isLinux = process.platform === "linux";
let base: string;
let root: string;

beforeEach(() => {
  base = realpathSync(mkdtempSync(join(tmpdir(), "harness-files-")));
  root = join(base, "repo");
  mkdirSync(join(root, "src"), { recursive: true });
  mkdirSync(join(base, "repo-evil"));
  mkdirSync(join(base, "outside"));
  writeFileSync(join(base, "outside", "secret"), "SECRET");
  writeFileSync(join(base, "repo-evil", "secret"), "SECRET");
  writeFileSync(join(root, "a.txt"), "alpha");
});
afterEach(() => rmSync(base, { recursive: true, force: true }));

function open(options: Partial<FilesOptions> = {}): Promise<Files> {
  return createFiles({ cwd: root, ...options });
}

async function text(files: Files, path: string): Promise<string> {
  return Buffer.from((await files.read(path)).bytes).toString();
}

function leftovers(directory = root): string[] {
  return readdirSync(directory, { recursive: true, encoding: "utf8" }).filter((name) => name.endsWith(".tmp"));
}

/** Every promise is kept by both ways of access. */
const WAYS: readonly NonNullable<FilesOptions["access"]>[] = isLinux ? ["descriptors", "paths"] : ["paths"];

describe.each(WAYS)("createFiles() by %s", (access) => {
  it.each([
    ["../outside/secret"],
    ["src/../../outside/secret"],
    ["/etc/passwd"],
    ["../repo-evil/secret"],
    ["a\0/../../outside/secret"],
    ["../outside/missing"],
    ["/nonexistent/x"],
  ])("refuses the path %j in every method", async (path) => {
    const files = await open({ access });
    const attempts = [
      files.read(path),
      files.write(path, "x"),
      files.stat(path),
      files.list(path),
      files.remove(path),
      files.resolve(path),
    ];
    for (const attempt of attempts) await expect(attempt).rejects.toMatchObject({ code: "path_outside" });
    expect(readFileSync(join(base, "outside", "secret"), "utf8")).toBe("SECRET");
  });

  it("refuses an absolute path beside the root whose name begins like it", async () => {
    const files = await open({ access });
    await expect(files.read(join(base, "repo-evil", "secret"))).rejects.toMatchObject({ code: "path_outside" });
  });

  it("refuses what is no text, and the empty path", async () => {
    const files = await open({ access });
    await expect(files.read("")).rejects.toThrow(TypeError);
    await expect(files.read(Buffer.from("a.txt") as never)).rejects.toThrow(TypeError);
  });

  it("refuses links that leave the roots, for reading and writing, as file and as directory", async () => {
    symlinkSync(join(base, "outside", "secret"), join(root, "file-link"));
    symlinkSync(join(base, "outside"), join(root, "directory-link"));
    symlinkSync("../../outside", join(root, "src", "relative-link"));
    const files = await open({ access });
    for (const path of ["file-link", "directory-link/secret", "src/relative-link/secret", "directory-link/new"]) {
      await expect(files.read(path)).rejects.toMatchObject({ code: "path_outside" });
      await expect(files.write(path, "x")).rejects.toMatchObject({ code: "path_outside" });
      await expect(files.stat(path)).rejects.toMatchObject({ code: "path_outside" });
    }
    await expect(files.list("directory-link")).rejects.toMatchObject({ code: "path_outside" });
    await expect(files.remove("directory-link/secret")).rejects.toMatchObject({ code: "path_outside" });
    expect(readdirSync(join(base, "outside"))).toEqual(["secret"]);
    expect(readFileSync(join(base, "outside", "secret"), "utf8")).toBe("SECRET");
  });

  it("refuses to create a file through a link to nothing", async () => {
    symlinkSync(join(base, "outside", "planted"), join(root, "dangling"));
    const files = await open({ access });
    await expect(files.write("dangling", "x")).rejects.toMatchObject({ code: "path_outside" });
    await expect(files.write("dangling/deeper", "x")).rejects.toMatchObject({ code: "path_outside" });
    expect(existsSync(join(base, "outside", "planted"))).toBe(false);
  });

  it("follows links that stay inside, and writes what they lead to", async () => {
    symlinkSync("a.txt", join(root, "b.txt"));
    symlinkSync("src", join(root, "source"));
    const files = await open({ access });
    expect(await text(files, "b.txt")).toBe("alpha");
    const state = await files.write("b.txt", "beta");
    expect(state.path).toBe(join(root, "a.txt"));
    expect(readFileSync(join(root, "a.txt"), "utf8")).toBe("beta");
    expect(await files.resolve("source/new.ts")).toBe(join(root, "src", "new.ts"));
    await files.write("source/new.ts", "1");
    expect(readFileSync(join(root, "src", "new.ts"), "utf8")).toBe("1");
  });

  it.skipIf(process.platform === "win32")("refuses named pipes, sockets and devices without hanging", async () => {
    execFileSync("mkfifo", [join(root, "pipe")]);
    symlinkSync("/dev/zero", join(root, "zero"));
    const server = createServer().listen(join(root, "socket"));
    await once(server, "listening");
    const files = await open({ access });
    await expect(files.read("pipe")).rejects.toMatchObject({ code: "file_not_regular" });
    await expect(files.write("pipe", "x")).rejects.toMatchObject({ code: "file_not_regular" });
    await expect(files.read("socket")).rejects.toMatchObject({ code: "file_not_regular" });
    await expect(files.read("zero")).rejects.toMatchObject({ code: "path_outside" });
    const devices = await createFiles({ cwd: "/dev", access });
    await expect(devices.read("zero")).rejects.toMatchObject({ code: "file_not_regular" });
    server.close();
  });

  it("refuses directories where a file is needed", async () => {
    const files = await open({ access });
    await expect(files.read("src")).rejects.toMatchObject({ code: "file_not_regular" });
    await expect(files.write("src", "x")).rejects.toMatchObject({ code: "file_not_regular" });
    await expect(files.remove("src")).rejects.toMatchObject({ code: "file_not_regular" });
  });

  it("keeps names that only look like a way out", async () => {
    const files = await open({ access });
    await files.write("..foo/..bar", "legal");
    expect(await text(files, "..foo/..bar")).toBe("legal");
  });

  it("writes one name of a hard-linked file only", async () => {
    linkSync(join(base, "outside", "secret"), join(root, "alias"));
    const files = await open({ access });
    expect((await files.stat("alias"))?.links).toBe(2);
    await files.write("alias", "changed");
    expect(readFileSync(join(base, "outside", "secret"), "utf8")).toBe("SECRET");
    expect(readFileSync(join(root, "alias"), "utf8")).toBe("changed");
  });

  it("makes parent directories and leaves no temporary file", async () => {
    const files = await open({ access });
    const state = await files.write("deep/er/and/deeper.txt", "x");
    expect(state).toEqual(
      toFileState(statSync(join(root, "deep/er/and/deeper.txt")), join(root, "deep/er/and/deeper.txt")),
    );
    expect(leftovers()).toEqual([]);
  });

  it("keeps the mode and gives new files the usual one", async () => {
    chmodSync(join(root, "a.txt"), 0o751);
    const files = await open({ access });
    await files.write("a.txt", "x");
    await files.write("new.txt", "x");
    expect(statSync(join(root, "a.txt")).mode & 0o777).toBe(0o751);
    writeFileSync(join(root, "usual.txt"), "x");
    expect(statSync(join(root, "new.txt")).mode).toBe(statSync(join(root, "usual.txt")).mode);
  });

  it.skipIf(process.getuid?.() === 0)(
    "does not replace a file that is read-only [skipped as root, who may write anything]",
    async () => {
      chmodSync(join(root, "a.txt"), 0o444);
      const files = await open({ access });
      await expect(files.write("a.txt", "x")).rejects.toMatchObject({ code: "EACCES" });
    },
  );

  it("leaves nothing behind when a write fails", async () => {
    const files = await open({ access });
    await expect(files.write(`${"n".repeat(300)}.txt`, "x")).rejects.toMatchObject({ code: "ENAMETOOLONG" });
    await expect(files.write("a.txt/below", "x")).rejects.toMatchObject({ code: "ENOTDIR" });
    const state = await files.stat("a.txt");
    writeFileSync(join(root, "a.txt"), "changed behind");
    await expect(files.write("a.txt", "x", { expect: state ?? null })).rejects.toMatchObject({ code: "file_changed" });
    expect(leftovers()).toEqual([]);
    expect(readFileSync(join(root, "a.txt"), "utf8")).toBe("changed behind");
  });

  it("refuses what changed, appeared or went away since it was expected", async () => {
    const files = await open({ access });
    const { state } = await files.read("a.txt");
    await expect(files.write("a.txt", "x", { expect: null })).rejects.toMatchObject({ code: "file_changed" });
    const next = await files.write("a.txt", "second", { expect: state });
    await expect(files.write("a.txt", "third", { expect: state })).rejects.toMatchObject({ code: "file_changed" });
    rmSync(join(root, "a.txt"));
    await expect(files.write("a.txt", "third", { expect: next })).rejects.toMatchObject({ code: "file_changed" });
    await files.write("a.txt", "new", { expect: null });
    expect(await text(files, "a.txt")).toBe("new");
  });

  it("lets exactly one of many writers win who expect the same state", async () => {
    const files = await open({ access });
    const { state } = await files.read("a.txt");
    const attempts = Array.from({ length: 20 }, (_, index) =>
      files.write("a.txt", `writer ${index}`, { expect: state }),
    );
    const settled = await Promise.allSettled(attempts);
    expect(settled.filter(({ status }) => status === "fulfilled")).toHaveLength(1);
    const created = Array.from({ length: 20 }, (_, index) =>
      files.write("one.txt", `writer ${index}`, { expect: null }),
    );
    expect((await Promise.allSettled(created)).filter(({ status }) => status === "fulfilled")).toHaveLength(1);
    expect(leftovers()).toEqual([]);
  });

  it("reads a part and tells whether there is more", async () => {
    const files = await open({ access });
    const part = await files.read("a.txt", { offset: 1, maxBytes: 3 });
    expect([Buffer.from(part.bytes).toString(), part.isTruncated]).toEqual(["lph", true]);
    const rest = await files.read("a.txt", { offset: 4 });
    expect([Buffer.from(rest.bytes).toString(), rest.isTruncated]).toEqual(["a", false]);
    expect((await files.read("a.txt", { offset: 99 })).bytes).toHaveLength(0);
    expect((await files.read("a.txt", { maxBytes: 5 })).isTruncated).toBe(false);
    await expect(files.read("a.txt", { offset: -1 })).rejects.toThrow(RangeError);
    await expect(files.read("a.txt", { signal: AbortSignal.abort("stop") })).rejects.toBe("stop");
  });

  it("tells of missing files with the path that was asked for", async () => {
    const files = await open({ access });
    await expect(files.read("none.txt")).rejects.toMatchObject({
      code: "ENOENT",
      message: expect.stringContaining('"none.txt"'),
    });
    expect(await files.stat("none.txt")).toBeUndefined();
    expect(await files.stat("none/deeper")).toBeUndefined();
    await expect(files.remove("none.txt")).rejects.toMatchObject({ code: "ENOENT" });
  });

  it("lists entries with their kinds and does not follow links", async () => {
    symlinkSync("a.txt", join(root, "link"));
    const files = await open({ access });
    const entries = [...(await files.list("."))].sort((left, right) => left.name.localeCompare(right.name));
    expect(entries).toEqual([
      { name: "a.txt", type: "file" },
      { name: "link", type: "link" },
      { name: "src", type: "directory" },
    ]);
  });

  it("removes a link itself", async () => {
    symlinkSync("a.txt", join(root, "link"));
    const files = await open({ access });
    await files.remove("link");
    expect(existsSync(join(root, "a.txt"))).toBe(true);
    expect(existsSync(join(root, "link"))).toBe(false);
  });

  it.each([
    [".git/config"],
    [".git/hooks/pre-commit"],
    [".git"],
    ["sub/.git/hooks/post-checkout"],
    [".GIT/config"],
    [".g\u200cit/config"],
    [".harness/policy.yml"],
    ["sub/.harness/config.toml"],
    [".harness"],
    [".bashrc"],
    ["home/.zshenv"],
    [".config/fish/config.fish"],
    ["src/../.harness/x"],
  ])("reads but never writes or removes the protected path %j", async (path) => {
    const files = await open({ access });
    await expect(files.write(path, "x")).rejects.toMatchObject({ code: "path_protected" });
    await expect(files.remove(path)).rejects.toMatchObject({ code: "path_protected" });
    expect(existsSync(join(root, ".harness"))).toBe(false);
  });

  it("reads protected files, and protects them behind links too", async () => {
    mkdirSync(join(root, ".harness"));
    writeFileSync(join(root, ".harness", "policy.yml"), "rules");
    symlinkSync(".harness", join(root, "innocent"));
    symlinkSync(join(".harness", "policy.yml"), join(root, "notes.md"));
    const files = await open({ access });
    expect(await text(files, ".harness/policy.yml")).toBe("rules");
    for (const path of ["innocent/policy.yml", "innocent/new", "notes.md"]) {
      await expect(files.write(path, "x")).rejects.toMatchObject({ code: "path_protected" });
    }
    await expect(files.remove("innocent/policy.yml")).rejects.toMatchObject({ code: "path_protected" });
    expect(readFileSync(join(root, ".harness", "policy.yml"), "utf8")).toBe("rules");
  });

  it("does not protect names that only resemble", async () => {
    const files = await open({ access });
    for (const path of [".gitignore", ".github/workflow.yml", "harness/x", ".harnessed", "bashrc"]) {
      await files.write(path, "x");
      expect(readFileSync(join(root, path), "utf8")).toBe("x");
    }
  });

  it("takes more protected paths, relative, absolute and as globs", async () => {
    const files = await open({
      access,
      protectedPaths: [...DEFAULT_PROTECTED_PATHS, "*.pem", join(root, "locked"), "vendor/**"],
    });
    for (const path of ["x/key.pem", "locked/deep/file", "locked", "a/vendor/b/c", ".git/config"]) {
      await expect(files.write(path, "x")).rejects.toMatchObject({ code: "path_protected" });
    }
    await files.write("x/locked", "fine");
  });

  it.each([["~/x"], [""], ["../up"], ["!a"]])(
    "refuses the protected path %j, which would protect nothing",
    async (path) => {
      await expect(open({ access, protectedPaths: [path] })).rejects.toMatchObject({ code: "config_invalid" });
    },
  );

  it("refuses to start with a root that is not there", async () => {
    await expect(open({ access, roots: [".", "none"] })).rejects.toMatchObject({ code: "config_invalid" });
    await expect(open({ access, roots: ["a.txt"] })).rejects.toMatchObject({ code: "config_invalid" });
  });

  it("reaches further roots, also when a root is named through a link", async () => {
    symlinkSync(join(base, "outside"), join(base, "alias"));
    const files = await open({ access, roots: [".", join(base, "alias")] });
    expect(await text(files, join(base, "alias", "secret"))).toBe("SECRET");
    expect(await text(files, join(base, "outside", "secret"))).toBe("SECRET");
    expect(files.roots).toEqual([root, join(base, "outside")]);
  });
});

describe.skipIf(!isLinux)("createFiles() in a race [skipped: descriptor paths exist on Linux only]", () => {
  let swapper: ChildProcess;

  beforeEach(async () => {
    mkdirSync(join(root, "swap"));
    writeFileSync(join(root, "swap", "secret"), "inside");
    symlinkSync(join(base, "outside"), join(root, "link"));
    swapper = fork(join(import.meta.dirname, "swap-loop.mjs"), [root]);
    await once(swapper, "message");
  });
  afterEach(async () => {
    expect(swapper.exitCode).toBeNull();
    const exited = once(swapper, "exit");
    swapper.kill("SIGKILL");
    await exited;
  });

  it("never reads, writes or makes anything outside in 20 000 tries while a directory and a link are swapped", async () => {
    const files = await open();
    let reads = 0;
    let refused = 0;
    for (let round = 0; round < 20_000 / 8; round += 1) {
      const tries = Array.from({ length: 8 }, () =>
        text(files, "swap/secret").catch((error: { code: string }) => error.code),
      );
      const outcomes = await Promise.all(tries);
      expect(outcomes).not.toContain("SECRET");
      reads += outcomes.filter((outcome) => outcome === "inside").length;
      refused += outcomes.filter((outcome) => outcome !== "inside").length;
      await files.write(`swap/planted-${round % 50}`, "x").catch(() => {});
      await files.write(`swap/made-${round % 50}/file`, "x").catch(() => {});
      await files.remove("swap/secret-not-there").catch(() => {});
    }
    expect(readdirSync(join(base, "outside"))).toEqual(["secret"]);
    // Both happened, or there was no race to win.
    expect(reads).toBeGreaterThan(10);
    expect(refused).toBeGreaterThan(10);
  });
});
