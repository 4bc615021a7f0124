import { describe, expect, it } from "vitest";

import { PolicyEngine, type PolicyCall } from "../../src/policy/index.ts";
import { engineOf, judgeCall } from "./evaluate.ts";

describe("PolicyEngine.check() of what is no call", () => {
  const engine = engineOf({ tool: "Bash", decision: "deny", when: { command: { program: "curl" } } });

  it.each([
    undefined,
    null,
    {},
    { tool: "Bash" },
    { tool: "Bash", arg: { command: "curl x" } },
    { tool: "Bash", args: undefined },
    { tool: "Bash", args: null },
    { tool: "Bash", args: "curl x" },
    { tool: "Bash", args: ["curl x"] },
    { tool: 5, args: {} },
    { args: {} },
  ])("throws, and does not say that nothing applies: %j", (call) => {
    // As code without types would call it.
    const odd = call as unknown as PolicyCall;
    expect(() => engine.check(odd)).toThrow(/^A call is \{ tool, args \}/);
    expect(() => engine.simulate(odd)).toThrow(TypeError);
  });

  it.each([undefined, {}, { layers: undefined }, { layers: "policy.yml" }])("nor is a policy made of %j", (options) => {
    expect(() => new PolicyEngine(options as never)).toThrow(/PolicyEngine.load\(\)/);
  });
});

describe("a tool's name in another case", () => {
  it.each(["bash", "BASH", "b*"])("%s: a denial and a question are about it", (tool) => {
    expect(judgeCall("Bash", { command: "ls" }, { tool, decision: "deny" })).toBe("deny");
    expect(judgeCall("Bash", { command: "ls" }, { tool, decision: "ask" })).toBe("ask");
  });

  it.each(["bash", "BASH", "b*"])("%s: an allowance is not", (tool) => {
    expect(judgeCall("Bash", { command: "ls" }, { tool, decision: "allow" })).toBe("none");
  });

  it("no tool gets by under a name of another case", () => {
    expect(judgeCall("MCP__db__drop", {}, { tool: "mcp__*", decision: "deny" })).toBe("deny");
  });
});

describe("a tool that can be none", () => {
  it.each(["Edit|Write", "Edit, Write", "Bash(git *)", "{Edit,Write}", "my tool"])("%s is refused", (tool) => {
    expect(() => engineOf({ tool, decision: "deny" })).toThrow(/"tool" must be a name or a glob/);
  });

  it.each(["mcp__*", "a.b", "a:b", "a/b-c_d?", "*"])("%s is not", (tool) => {
    expect(() => engineOf({ tool, decision: "deny" })).not.toThrow();
  });
});
