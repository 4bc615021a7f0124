import { describe, expect, it } from "vitest";

import { PolicyEngine, type PolicyCall, type PolicyRule, type PolicyWhen } from "../../src/policy/index.ts";
import { CWD, engineOf, judge, judgeCall } from "./evaluate.ts";

const rule = (decision: PolicyRule["decision"], when: PolicyWhen): PolicyRule => ({ decision, when });
const noWriting = rule("deny", { path: ["*.lock", "dist/**"], access: "write" });
const noReading = rule("deny", { path: "*.lock", access: "read" });

describe("access: a denial", () => {
  it.each([
    ["cat a.lock", "none", "deny"],
    ["cat < a.lock", "none", "deny"],
    ["cp a.lock b", "none", "deny"],
    ["cp -t b a.lock c.txt", "none", "deny"],
    ["grep x a.lock | sort > b", "none", "deny"],
    ["echo x > a.lock", "deny", "none"],
    ["echo x >> ./b/../A.LOCK", "deny", "none"],
    ["rm a.lock", "deny", "none"],
    ["cp b a.lock", "deny", "none"],
    ["tee a.lock < b", "deny", "none"],
    ["mv a.lock b", "deny", "deny"],
    ["sed -i s/a/b/ a.lock", "deny", "deny"],
    ["cat a.lock; echo x > a.lock", "deny", "deny"],
    ["cat a.lock > b; rm c", "none", "deny"],
    ["cat *.lock", "none", "deny"],
    ["cat a.*", "none", "ask"],
    ["rm a.*", "ask", "none"],
    ["cat $X", "none", "ask"],
    ["echo x > $X", "ask", "none"],
    ["cd $X && cat a.txt", "none", "ask"],
    ["cd $X && cat a.txt > b.txt", "ask", "ask"],
    ["eval $X", "ask", "ask"],
    ["npm test", "none", "none"],
  ])("%s: %s about writing, %s about reading", (command, writing, reading) => {
    expect([judge(command, noWriting), judge(command, noReading)]).toEqual([writing, reading]);
  });

  it.each([
    ["Read", undefined, "none", "deny"],
    ["Write", undefined, "deny", "none"],
    ["Edit", undefined, "deny", "deny"],
    ["mcp__disk__move", undefined, "deny", "deny"],
    ["mcp__disk__move", "write", "deny", "deny"],
    ["mcp__disk__show", "read", "none", "deny"],
    ["mcp__disk__send", "network", "deny", "deny"],
    // A host's own tool of this name does what it declares.
    ["Read", "execute", "deny", "deny"],
    ["Write", "write", "deny", "none"],
    ["Write", "execute", "deny", "deny"],
  ] as const)("%s declared %s: %s about writing, %s about reading", (tool, effect, writing, reading) => {
    const call: PolicyCall = {
      tool,
      args: { file_path: "a.lock" },
      cwd: CWD,
      ...(effect === undefined ? {} : { effect }),
    };
    expect([engineOf(noWriting).check(call).effect, engineOf(noReading).check(call).effect]).toEqual([
      writing,
      reading,
    ]);
  });

  it.each([
    ["echo x > src/a", "none"],
    ["echo x > /tmp/a", "deny"],
    ["cat /etc/hosts", "none"],
    ["cat /etc/hosts > src/a", "none"],
    ["cp src/a /tmp/a", "deny"],
    ["ls", "none"],
    ["echo x > $X", "ask"],
  ])("of writing outside of src: %s: %s", (command, expected) => {
    expect(judge(command, rule("deny", { not_path_matches: "src/**", access: "write" }))).toBe(expected);
  });
});

describe("access: an allowance", () => {
  const reading = rule("allow", { command: { program: ["cat", "cp", "sed"] }, path: "src/**", access: "read" });
  const writing = rule("allow", { command: { program: ["cat", "cp", "sed"] }, path: "src/**", access: "write" });

  it.each([
    ["cat src/a", "allow", "none"],
    ["cat src/a > src/b", "none", "none"],
    ["cp src/a src/b", "none", "none"],
    ["sed -i -e s/a/b/ src/a", "none", "allow"],
    ["cat /etc/hosts", "none", "none"],
    ["cat src/$X", "none", "none"],
    ["cat src/*", "none", "none"],
  ])("%s: %s to read, %s to write", (command, read, written) => {
    expect([judge(command, reading), judge(command, writing)]).toEqual([read, written]);
  });

  it.each([
    ["Read", "allow", "none"],
    ["Write", "none", "allow"],
    ["Edit", "none", "allow"],
    ["mcp__disk__move", "none", "allow"],
  ])("%s: %s to read, %s to write", (tool, read, written) => {
    const path = "src/**";
    const judged = (["read", "write"] as const).map((access) =>
      judgeCall(tool, { path: "src/a" }, rule("allow", { path, access })),
    );
    expect(judged).toEqual([read, written]);
  });
});

describe("access: in a policy", () => {
  it.each([
    [{ access: "write" }, /say which, with path/],
    [{ path: "*", access: "wirte" }, /Did you mean "write"/],
    [{ path: "*", access: ["read"] }, /must be one of read, write/],
    [{ path: "*", acess: "read" }, /Did you mean "access"/],
  ])("%j is refused", (when, message) => {
    // What a file may hold, and the types of the rule would not let through.
    const rules = [{ decision: "deny", when } as PolicyRule];
    expect(() => new PolicyEngine({ layers: [{ policy: { rules } }] })).toThrow(message);
  });

  it("counts for its examples and its hash", () => {
    const examples = { match: ["dist/a", { command: "rm dist/a" }], not_match: [{ command: "cat dist/a" }] };
    const policy = (access: "read" | "write"): PolicyEngine =>
      engineOf({ ...rule("deny", { path: "dist/**", access }) });
    expect(() => engineOf({ ...noWriting, ...examples })).not.toThrow();
    expect(() => engineOf({ ...noWriting, match: [{ command: "cat dist/a" }] })).toThrow(/does not match its example/);
    expect(policy("read").hash).not.toBe(policy("write").hash);
  });

  it("is no reason to call a rule about all uses unreachable", () => {
    const policy = new PolicyEngine({
      layers: [{ policy: { rules: [rule("deny", { path: "a/**", access: "read" }), rule("ask", { path: "a/**" })] } }],
    });
    expect(policy.lint()).toEqual([]);
  });
});
