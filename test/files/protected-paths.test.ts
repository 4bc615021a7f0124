import fc from "fast-check";
import picomatch from "picomatch";
import { describe, expect, it } from "vitest";

import { createProtection, DEFAULT_PROTECTED_PATHS } from "../../src/files/index.ts";

describe("createProtection()", () => {
  it.each(["", "/", ".", "./", "..", "../secret", "a/../b", "~/.ssh", "!.git", "...", "/**", "./**"])(
    "refuses %j, which would protect nothing",
    (pattern) => {
      expect(() => createProtection([pattern])).toThrow(/would protect nothing/);
    },
  );

  it.each([
    ["secret", "/srv/secret"],
    ["secret", "/secret"],
    ["secret", "/srv/a/b/secret/deep/down"],
    ["secret", "/srv/SECRET/file"],
    ["secret", "/srv/secret./file"],
    ["secret/", "/srv/secret"],
    ["./secret", "/srv/secret"],
    ["a//secret", "/srv/a/secret"],
    ["a/./secret", "/srv/a/secret/file"],
    ["secret/**", "/srv/secret/file"],
    ["a/secret", "/a/secret"],
    ["/srv/secret", "/srv/secret"],
    ["/srv/./secret", "/srv/secret/file"],
    ["*.pem", "/srv/keys/server.pem"],
    ["*.pem", "/srv/folder.pem/file"],
    ["keys/{a,b}", "/srv/keys/b"],
    ["/srv/*.key", "/srv/x.key"],
    ["app/(auth)/*.ts", "/srv/app/(auth)/x.ts"],
    ["app/(auth|admin)", "/srv/app/admin/x.ts"],
    ["c++", "/srv/c++/x"],
    ["@(a|b).key", "/srv/b.key"],
  ])("%j protects %s", (pattern, path) => {
    expect(createProtection([pattern])(path)).toBe(true);
  });

  it.each([
    ["secret", "/srv/secrets"],
    ["secret", "/srv/my-secret/file"],
    ["a/secret", "/srv/a/b/secret"],
    ["a/secret", "/srv/xa/secret"],
    ["/srv/secret", "/other/srv/secret"],
    ["/srv/secret", "/srv/secrets"],
    ["/srv/secret", "/srv/a/secret"],
    ["*.pem", "/srv/server.pems"],
    ["/srv/*.key", "/srv/a/x.key"],
  ])("%j leaves %s alone", (pattern, path) => {
    expect(createProtection([pattern])(path)).toBe(false);
  });

  it("protects nothing without a pattern", () => {
    expect(createProtection([])("/srv/.git/config")).toBe(false);
  });

  it("looks names up as globs of the same names would match", () => {
    const name = fc.constantFrom("a", "b", ".git", ".config", "git", "x.y");
    const path = fc.array(name, { minLength: 1, maxLength: 5 }).map((names) => names.join("/"));
    const pattern = fc.tuple(fc.constantFrom("", "/"), path).map(([root, names]) => root + names);
    fc.assert(
      fc.property(fc.array(pattern, { minLength: 1, maxLength: 4 }), path, (patterns, tried) => {
        const globs = patterns
          .map((one) => (one.startsWith("/") ? one : `**/${one}`))
          .flatMap((one) => [one, `${one}/**`]);
        const expected = picomatch(globs, { dot: true })(`/${tried}`);
        expect(createProtection(patterns)(`/${tried}`)).toBe(expected);
      }),
      { numRuns: 2000 },
    );
  });

  it("has a list of its own that no pattern empties", () => {
    const isProtected = createProtection(DEFAULT_PROTECTED_PATHS);
    for (const path of DEFAULT_PROTECTED_PATHS) expect(isProtected(`/srv/deep/${path}/more`)).toBe(true);
  });
});
