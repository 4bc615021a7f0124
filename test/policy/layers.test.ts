import { describe, expect, it } from "vitest";

import { NO_LABELS } from "../../src/labels/index.ts";
import { createPolicyCheck, PolicyEngine, type PolicyLayer, type PolicyRule } from "../../src/policy/index.ts";
import type { PreparedCall } from "../../src/spec/index.ts";
import { CWD, judgeLayers } from "./evaluate.ts";

const layer = (
  level: PolicyLayer["level"] & string,
  rules: readonly PolicyRule[],
  more: Partial<PolicyLayer> = {},
): PolicyLayer => ({
  level,
  policy: { rules },
  ...more,
});
const DENY: PolicyRule = { tool: "Bash", decision: "deny", description: "no" };
const ALLOW: PolicyRule = { tool: "Bash", decision: "allow", description: "yes" };
const ASK: PolicyRule = { tool: "Bash", decision: "ask", description: "who knows" };
const UNTRUSTED = { isTrusted: false } as const;

describe("PolicyEngine.check() over layers", () => {
  it.each([
    ["no layers", [], "none"],
    [
      "an organisation's denial stands over a project's allowance",
      [layer("organisation", [DENY]), layer("project", [ALLOW])],
      "deny",
    ],
    ["in whatever order they are given", [layer("project", [ALLOW]), layer("organisation", [DENY])], "deny"],
    [
      "an overridable denial gives way",
      [layer("organisation", [{ ...DENY, overridable: true }]), layer("project", [ALLOW])],
      "allow",
    ],
    [
      "an overridable denial stands when nobody lifts it",
      [layer("organisation", [{ ...DENY, overridable: true }]), layer("project", [])],
      "deny",
    ],
    [
      "a firm denial behind an overridable one stands",
      [layer("organisation", [{ ...DENY, overridable: true }, DENY]), layer("project", [ALLOW])],
      "deny",
    ],
    ["the more specific layer speaks first", [layer("organisation", [ASK]), layer("project", [ALLOW])], "allow"],
    ["the first rule of a layer is its answer", [layer("organisation", [ALLOW, DENY])], "allow"],
    [
      "an untrusted allowance does not count",
      [layer("organisation", [ASK]), layer("project", [ALLOW], UNTRUSTED)],
      "ask",
    ],
    ["an untrusted allowance alone says nothing", [layer("project", [ALLOW], UNTRUSTED)], "none"],
    ["an untrusted question tightens", [layer("organisation", [ALLOW]), layer("project", [ASK], UNTRUSTED)], "ask"],
    ["an untrusted denial tightens", [layer("organisation", [ALLOW]), layer("project", [DENY], UNTRUSTED)], "deny"],
    [
      "an untrusted question does not lift an overridable denial",
      [layer("organisation", [{ ...DENY, overridable: true }]), layer("project", [ASK], UNTRUSTED)],
      "deny",
    ],
  ] as const)("%s", (_, layers, expected) => {
    expect(judgeLayers("ls", ...layers)).toBe(expected);
  });

  const defaults = (
    level: PolicyLayer["level"] & string,
    decision: PolicyRule["decision"],
    more: Partial<PolicyLayer> = {},
  ): PolicyLayer => ({
    level,
    policy: { defaults: { decision } },
    ...more,
  });

  it.each([
    ["the nearest default answers", [defaults("organisation", "deny"), defaults("project", "allow")], "allow"],
    ["a rule goes before every default", [defaults("organisation", "deny"), layer("organisation", [ALLOW])], "allow"],
    [
      "an untrusted default cannot allow",
      [defaults("organisation", "ask"), defaults("project", "allow", UNTRUSTED)],
      "ask",
    ],
    [
      "an untrusted default cannot loosen",
      [defaults("organisation", "deny"), defaults("project", "ask", UNTRUSTED)],
      "deny",
    ],
    [
      "an untrusted default tightens",
      [defaults("organisation", "allow"), defaults("project", "deny", UNTRUSTED)],
      "deny",
    ],
    [
      "an untrusted question does not replace a default denial",
      [defaults("organisation", "deny"), layer("project", [ASK], UNTRUSTED)],
      "deny",
    ],
  ] as const)("%s", (_, layers, expected) => {
    expect(judgeLayers("ls", ...layers)).toBe(expected);
  });

  it("gives the rule, the layer and what every layer said", () => {
    const policy = new PolicyEngine({ layers: [layer("organisation", [DENY]), layer("project", [ALLOW])] });
    const decision = policy.check({ tool: "Bash", args: { command: "ls" }, cwd: CWD });
    expect(decision).toMatchObject({
      effect: "deny",
      rule: "no",
      layer: "organisation",
      reason: 'The rule "no" denies this call',
    });
    expect(decision.trace.map(({ layer: name, effect, rule }) => [name, effect, rule])).toEqual([
      ["project", "allow", "yes"],
      ["organisation", "deny", "no"],
    ]);
  });

  it("applies globs of tools", () => {
    const policy = new PolicyEngine({ layers: [layer("host", [{ ...DENY, tool: "mcp__*" }])] });
    expect(policy.check({ tool: "mcp__a__b", args: {} }).effect).toBe("deny");
    expect(policy.check({ tool: "Bash", args: {} }).effect).toBe("none");
    expect(policy.check({ tool: "__proto__", args: {} }).effect).toBe("none");
  });
});

describe("PolicyEngine in simulation", () => {
  it("decides nothing and says what it would have decided", () => {
    const policy = new PolicyEngine({ layers: [layer("host", [DENY])], simulation: true });
    expect(policy.check({ tool: "Bash", args: { command: "ls" } })).toMatchObject({
      effect: "none",
      simulated: { effect: "deny", rule: "no" },
    });
    expect(policy.check({ tool: "Read", args: {} })).not.toHaveProperty("simulated");
  });
});

describe("PolicyEngine.simulate()", () => {
  it("gives every rule that matches", () => {
    const policy = new PolicyEngine({ layers: [layer("host", [ALLOW, DENY]), layer("project", [ASK])] });
    expect(
      policy
        .simulate({ tool: "Bash", args: { command: "git status" } })
        .map(({ effect, layer: name }) => [effect, name]),
    ).toEqual([
      ["ask", "project"],
      ["allow", "host"],
      ["deny", "host"],
    ]);
  });
});

describe("PolicyEngine.lint()", () => {
  it("finds rules that never decide and tools that do not exist", () => {
    const policy = new PolicyEngine({
      layers: [
        layer("organisation", [{ ...DENY, tool: "WebFetch" }]),
        layer("project", [
          ALLOW,
          { ...DENY, description: "late", when: { command_matches: "rm *" } },
          { ...ASK, tool: "bash", description: "typo" },
          { ...ALLOW, tool: "WebFetch", description: "floor" },
          { ...ASK, tool: "Edit", when: { path_matches: "a" } },
          { ...DENY, tool: "Edit", when: { path_matches: "a" }, description: "twin" },
          { ...DENY, tool: "Edit", when: { path_matches: "b" }, description: "fine" },
        ]),
      ],
    });
    expect(policy.lint().map(({ type, rule }) => [type, rule])).toEqual([
      ["unreachable", "late"],
      ["unknown_tool", "typo"],
      ["shadowed", "twin"],
      ["ineffective", "floor"],
    ]);
    expect(new PolicyEngine({ layers: [layer("project", [ALLOW], UNTRUSTED)] }).lint()[0]?.type).toBe("ineffective");
  });
});

describe("PolicyEngine.hash", () => {
  it("changes with the rules and with trust, not with the object", () => {
    const hash = (...layers: readonly PolicyLayer[]): string => new PolicyEngine({ layers }).hash;
    expect(hash(layer("host", [DENY]))).toMatch(/^[0-9a-f]{64}$/);
    expect(hash(layer("host", [DENY]))).toBe(hash(layer("host", [DENY])));
    expect(hash(layer("host", [DENY]))).not.toBe(hash(layer("host", [ASK])));
    expect(hash(layer("host", [DENY]))).not.toBe(hash(layer("host", [DENY], UNTRUSTED)));
  });
});

describe("createPolicyCheck()", () => {
  const scope = {
    cwd: CWD,
    sessionId: "s",
    agent: "main",
    labels: NO_LABELS,
    canAsk: true,
    signal: new AbortController().signal,
  };
  // A check reads no more of a call than its tool's name and path arguments, and the arguments.
  const call = {
    id: "1",
    tool: { name: "Copy", pathArgs: ["target"] },
    args: { target: ".env" },
    input: {},
  } as unknown as PreparedCall;

  it("answers as a rule, also with a default, and passes a simulated answer on", () => {
    const rule: PolicyRule = { decision: "deny", when: { path_matches: "*.env" }, description: "secrets" };
    expect(createPolicyCheck(new PolicyEngine({ layers: [layer("host", [rule])] })).check(call, scope)).toMatchObject({
      effect: "deny",
      basis: "rule",
      rule: "secrets",
    });
    const byDefault = new PolicyEngine({ layers: [{ policy: { defaults: { decision: "ask" } } }] });
    expect(createPolicyCheck(byDefault).check(call, scope)).toMatchObject({ effect: "ask", basis: "rule" });
    const simulated = new PolicyEngine({ layers: [layer("host", [rule])], simulation: true });
    expect(createPolicyCheck(simulated).check(call, scope)).toMatchObject({
      effect: "none",
      simulated: { effect: "deny", rule: "secrets" },
    });
  });
});
