import { describe, expect, it } from "vitest";

import { AuditLogger } from "../../src/audit/index.ts";
import { BudgetTracker } from "../../src/budget/index.ts";
import { createConstraintCheck } from "../../src/constraints/index.ts";
import { createGuards } from "../../src/guards/index.ts";
import { createGuardedFetch } from "../../src/net/index.ts";
import { createPermissionCheck } from "../../src/permission/index.ts";
import { PolicyEngine } from "../../src/policy/index.ts";
import { Router } from "../../src/router/index.ts";
import { createSandbox } from "../../src/sandbox/index.ts";
import { memoryStore, openApprovals } from "../../src/session/index.ts";
import { fakeClock } from "../../src/testing/index.ts";

/** What JavaScript may pass, and slips of the pen that types would find. */
const loose = <Options>(options: unknown): Options => options as Options;

describe("modules used alone refuse options that would have no effect", () => {
  it("a budget: a limit that is misspelt would never be reached", () => {
    expect(() => new BudgetTracker(loose({ maxCosts: 1 }))).toThrow(/"maxCosts".*Did you mean "maxCost"/);
    expect(() => new BudgetTracker({ maxCost: 1 }).child(loose({ maxToken: 1 }))).toThrow(/Did you mean "maxTokens"/);
  });

  it("a policy: paths that are misspelt would load no rule", async () => {
    await expect(PolicyEngine.load(loose({ path: ["a.yml"] }))).rejects.toThrow(/"path".*Did you mean "paths"/);
  });

  it("a guarded fetch: a list of hosts that is misspelt would permit every host", () => {
    expect(() => createGuardedFetch(loose({ alow: ["example.com"] }))).toThrow(/"alow".*Did you mean "allow"/);
  });

  it("an audit log: a folder that is misspelt would be the user's", () => {
    expect(() => new AuditLogger(loose({ dirr: "x" }))).toThrow(/"dirr".*Did you mean "dir"/);
  });

  it("a sandbox: a limit that is misspelt would not hold", async () => {
    const place = { mode: "none", cwd: "/" };
    await expect(createSandbox(loose({ ...place, networkAcces: false }))).rejects.toThrow(/"networkAccess"/);
    await expect(createSandbox(loose({ ...place, limits: { memoryMB: 5 } }))).rejects.toThrow(/"memoryMb"/);
  });

  it("a router: what is no model would fail at the first call", () => {
    expect(() => new Router(loose({}))).toThrow(/models/);
    expect(() => new Router(loose({ models: ["gpt-5"] }))).toThrow(/models\[0\]/);
  });

  it("a permission check: rules that are misspelt would deny nothing", () => {
    expect(() => createPermissionCheck(loose({ rule: { deny: ["Bash"] } }))).toThrow(/Did you mean "rules"/);
    expect(() => createPermissionCheck(loose({ protectedpaths: ["x"] }))).toThrow(/Did you mean "protectedPaths"/);
  });

  it("constraints: a domain or a form that is misspelt would demand nothing", () => {
    expect(() => createConstraintCheck(loose({ domain: ["finance"] }))).toThrow(/Did you mean "domains"/);
    const formats = (format: object) => () => createConstraintCheck(loose({ formats: [format] }));
    expect(formats({ path: ["*.json"], format: "json" })).toThrow(/Did you mean "paths"/);
    expect(formats({ paths: ["*.json"], format: "jsn" })).toThrow(/Did you mean "json"/);
    expect(formats({ paths: [], format: "json" })).toThrow(/needs paths/);
    expect(formats({ paths: ["*.json"], format: /x/ })).not.toThrow();
  });

  it("guards: a breaker that is misspelt would never open", () => {
    expect(() => createGuards(loose({ toolbreaker: {} }))).toThrow(/Did you mean "toolBreaker"/);
    expect(() => createGuards(loose({ toolBreaker: { failure: 3 } }))).toThrow(/Did you mean "failures"/);
  });

  it("an answer to an approval: an edit that is misspelt would let the call run as it was", async () => {
    const approvals = openApprovals(memoryStore(), { clock: fakeClock() });
    const decide = (answer: object) => approvals.decide("x", loose(answer));
    await expect(decide({ decision: "approve", args: {} })).rejects.toThrow(/has no "args"/);
    await expect(decide({ decision: "approve", edited_args: {} })).rejects.toThrow(/Did you mean "editedArgs"/);
  });

  it("but take what has a name and no value", () => {
    expect(() => new BudgetTracker(loose({ maxCost: undefined }))).not.toThrow();
    expect(() => createGuardedFetch(loose({ allow: undefined }))).not.toThrow();
  });
});
