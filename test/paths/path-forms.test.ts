import { mkdir, mkdtemp, realpath, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";

import { pathForms, realPath } from "../../src/paths/index.ts";

describe("pathForms()", () => {
  let cwd = "";
  beforeAll(async () => {
    cwd = await realpath(await mkdtemp(join(tmpdir(), "paths-")));
    await mkdir(join(cwd, "src"));
    await writeFile(join(cwd, "secret"), "");
    await symlink(join(cwd, "secret"), join(cwd, "src", "link"));
    await symlink("/nowhere/new", join(cwd, "dangling"));
    await symlink("ring", join(cwd, "ring"));
  });
  afterAll(() => rm(cwd, { recursive: true }));

  it("does not know places that the file system does not tell", () => {
    expect(pathForms("ring", { cwd }).places).toBeUndefined();
    expect(pathForms("a\0b", { cwd }).places).toBeUndefined();
    expect(pathForms("~/a", { cwd, home: "/home/me" })).toMatchObject({
      places: undefined,
      names: expect.arrayContaining(["/home/me/a"]) as string[],
    });
  });

  it("names a path as written, resolved and from cwd", () => {
    const { names, places } = pathForms("./src/../a", { cwd });
    expect(names).toEqual(["./src/../a", join(cwd, "a"), "a"]);
    expect(places).toEqual([{ absolute: join(cwd, "a"), relative: "a" }]);
  });

  it("has no path from cwd for places outside, also for those that begin alike", () => {
    for (const path of ["../x", `${cwd}-evil/x`, "src/../../x"]) {
      expect(pathForms(path, { cwd }).places?.map(({ relative }) => relative)).toEqual([undefined]);
    }
  });

  it("follows links, also those to files that do not exist yet", () => {
    expect(pathForms("src/link", { cwd }).places?.map(({ relative }) => relative)).toEqual(["src/link", "secret"]);
    expect(pathForms("dangling", { cwd }).names).toContain("/nowhere/new");
    expect(realPath(join(cwd, "src", "no", "such", "file"))).toBe(join(cwd, "src", "no", "such", "file"));
  });
});

it("pathForms() knows where the system goes with .. behind a link", () => {
  const links = (path: string): string | undefined => (path === "/p/l/../x" ? "/x" : path);
  const { names, places } = pathForms("l/../x", { cwd: "/p", home: "/h", realpath: links });
  expect(names).toEqual(expect.arrayContaining(["/p/x", "/x"]));
  expect(places?.map(({ absolute }) => absolute)).toEqual(["/p/x", "/x"]);
});
