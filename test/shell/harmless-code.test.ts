import { describe, expect, it } from "vitest";

import { harmlessCode } from "../../src/shell/harmless-code.ts";

describe("harmlessCode() believes", () => {
  it.each([
    ["python", "print('hello')"],
    ["python", "import sys; print(sys.version)"],
    ["python", "import json,sys; print(json.load(sys.stdin)['name'])"],
    ["python", "print(sum(int(x) for x in '1 2'.split()))"],
    ["javascript", "console.log(1 + 1)"],
    ["javascript", "require('./package.json').version"],
    ["javascript", "JSON.stringify({ a: [1, 2].map((x) => x * 2) })"],
    ["javascript", "process.versions.node"],
    ["perl", "s/foo/bar/g"],
    ["perl", "s|a/b|c\\/d|; s/(x)/$1y/i"],
    ["perl", "print if /error/"],
  ] as const)("%s: %s", (dialect, code) => {
    expect(harmlessCode(code, dialect)).toBe(true);
  });
});

describe("harmlessCode() does not believe", () => {
  it.each([
    ["python", "import os"],
    ["python", "open('a')"],
    ["python", "exec('x')"],
    ["python", "print(f'{x()}')"],
    ["python", "print(''.__class__)"],
    ["python", "'''a' + os.system('x') + '''"],
    ["python", "print('a') # '"],
    ["python", "getattr(sys, 'modules')"],
    ["python", "print('\\x41')"],
    ["python", "pr\u0131nt(1)"],
    ["python", "print('a"],
    ["javascript", "require('fs')"],
    ["javascript", "require('child_process')"],
    ["javascript", "process.exit()"],
    ["javascript", "Object.values(process)"],
    ["javascript", "[]['constructor']"],
    ["javascript", "x.constructor"],
    ["javascript", "`${x}`"],
    ["javascript", "/'/; eval(1); /'/"],
    ["javascript", "eval('1')"],
    ["javascript", "import('x')"],
    ["javascript", "'a\\u0041'"],
    ["perl", "s/x/`y`/e"],
    ["perl", "s/x/system(1)/e"],
    ["perl", "s/x/@{[system(1)]}/"],
    ["perl", "s/(?{system(1)})//"],
    ["perl", "s/x/y/; system(1)"],
    ["perl", "print `x`"],
    ["perl", "print if /@{[x]}/"],
  ] as const)("%s: %s", (dialect, code) => {
    expect(harmlessCode(code, dialect)).toBe(false);
  });
});
