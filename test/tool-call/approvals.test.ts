import { describe, expect, it } from "vitest";

import { digestJson } from "../../src/digest/index.ts";
import type { ApprovalAnswer, ApprovalQuestion, Check, Grant, Grants, JsonObject } from "../../src/spec/index.ts";
import { fakeApprover, fakeCheck, fakeGate, fakeLabeller } from "../../src/testing/index.ts";
import type { ToolCallRun } from "../../src/tool-call/index.ts";
import { CALL, finish, makeRun, makeTool } from "./call-run.ts";

/** A tool that keeps what it ran with. */
function recorder(): { readonly tool: ReturnType<typeof makeTool>; readonly ran: JsonObject[] } {
  const ran: JsonObject[] = [];
  const tool = makeTool({
    execute(input) {
      ran.push(input);
      return "done";
    },
  });
  return { tool, ran };
}

function asking(answer: ApprovalAnswer, parts: Partial<ToolCallRun> = {}) {
  const approver = fakeApprover([answer, { decision: "approve" }, { decision: "approve" }]);
  const { tool, ran } = recorder();
  const run = makeRun({ gate: fakeGate("ask"), approver, ...parts }, [tool]);
  return { run, ran, approver };
}

/** Grants that keep what they are told to remember. */
function keeping(known?: Grant): Grants & { readonly kept: ApprovalAnswer[] } {
  const kept: ApprovalAnswer[] = [];
  return {
    kept,
    find: () => known,
    propose: () => "Echo(hi)",
    remember(_question, answer) {
      kept.push(answer);
      return { scope: "always", rule: "Echo(hi)", file: "grants" };
    },
  };
}

describe("an approval question", () => {
  it("is bound to the exact arguments and names policy, risk, labels and who asks", async () => {
    const policy: Check = { version: "sha-of-policy", ...fakeCheck("ask", { rule: "r1" }) };
    const risk = fakeCheck("none", { risk: "medium", riskReasons: ["runs a program"] });
    const { run, approver } = asking({ decision: "approve" }, { gate: fakeGate("allow", { policy, risk }) });
    run.labeller.add([{ kind: "untrusted", tool: "WebFetch", agent: "main" }]);
    await finish(run);
    const [question] = approver.questions;
    expect(question).toMatchObject({
      argsDigest: digestJson({ name: "Echo", args: { text: "hi" } }),
      policyVersion: "sha-of-policy",
      layer: "policy",
      rule: "r1",
      risk: "medium",
      riskReasons: ["runs a program"],
      agent: "main",
      cwd: "/work",
      labels: { isTainted: true },
      scopes: ["once"],
    });
    expect(JSON.parse(JSON.stringify(question))).toMatchObject({ argsDigest: question?.argsDigest });
  });

  it("is not put where the arguments have no canonical form to bind an answer to", async () => {
    const { run, ran, approver } = asking({ decision: "approve" });
    const { result } = await finish(run, { ...CALL, args: { text: "\uD83D" } });
    expect(result).toMatchObject({ outcome: "failed", isError: true });
    expect(approver.questions).toEqual([]);
    expect(ran).toEqual([]);
  });
});

describe("an approval answer", () => {
  it("about other arguments is a denial", async () => {
    const { run, ran } = asking({
      decision: "approve",
      argsDigest: digestJson({ name: "Echo", args: { text: "ho" } }),
    });
    const { result } = await finish(run);
    expect(result).toMatchObject({ outcome: "denied", decision: { layer: "approval" } });
    expect(ran).toEqual([]);
  });

  it.each([
    { decision: "approve", scope: "forever" },
    { decision: "approve", editedArgs: "rm" },
    { decision: "approve", editedArgs: { at: new Date(0) } },
    { decision: "approve", approver: 1 },
    { decision: "approve", argsDigest: null },
    { decision: "approve", args: { text: "instead" } },
    { decision: "approve", edited_args: { text: "instead" } },
    { decision: "approve", onlyIf: "it is Monday" },
  ])("in an unknown form is a denial: %j", async (answer) => {
    // What untyped code could give.
    const { run, ran } = asking(answer as unknown as ApprovalAnswer);
    expect((await finish(run)).result.outcome).toBe("denied");
    expect(ran).toEqual([]);
  });

  it("with changed arguments runs those, judged again, and tells the model", async () => {
    const judged: JsonObject[] = [];
    const policy: Check = {
      check(call) {
        judged.push(call.args);
        return { effect: "none", basis: "default", reason: "" };
      },
    };
    const { run, ran } = asking(
      { decision: "approve", editedArgs: { text: "safer" }, approver: "ada" },
      { gate: fakeGate("ask", { policy }) },
    );
    const { result } = await finish(run);
    expect(ran).toEqual([{ text: "safer" }]);
    expect(judged).toEqual([{ text: "hi" }, { text: "safer" }]);
    expect(result.decision.reason).toContain("changed arguments by ada");
    expect(result.content).toContain(
      '[approval] The arguments were changed before the call was approved; it ran with {"text":"safer"}',
    );
  });

  it("with changed arguments that a check denies is denied", async () => {
    const policy: Check = {
      check: ({ args }) =>
        args["text"] === "worse"
          ? { effect: "deny", basis: "rule", rule: "no", reason: "never" }
          : { effect: "none", basis: "default", reason: "" },
    };
    const { run, ran } = asking(
      { decision: "approve", editedArgs: { text: "worse" } },
      { gate: fakeGate("ask", { policy }) },
    );
    expect((await finish(run)).result).toMatchObject({ outcome: "denied", decision: { layer: "policy", rule: "no" } });
    expect(ran).toEqual([]);
  });

  it("with changed arguments of a higher risk is asked about once more", async () => {
    const risk: Check = {
      check: ({ args }) => ({
        effect: "none",
        basis: "default",
        reason: "",
        risk: args["text"] === "hi" ? "low" : "high",
      }),
    };
    const { run, ran, approver } = asking(
      { decision: "approve", editedArgs: { text: "graver" } },
      { gate: fakeGate("ask", { risk }) },
    );
    await finish(run);
    expect(approver.questions.map(({ risk: level, args }) => [level, args["text"]])).toEqual([
      ["low", "hi"],
      ["high", "graver"],
    ]);
    expect(ran).toEqual([{ text: "graver" }]);
  });

  it("with changed arguments that the schema refuses is a denial", async () => {
    const input = {
      "~standard": {
        version: 1 as const,
        vendor: "test",
        validate: (value: unknown) =>
          (value as JsonObject)["text"] === "hi" ? { value: value as JsonObject } : { issues: [{ message: "no" }] },
      },
    };
    const approver = fakeApprover([{ decision: "approve", editedArgs: { text: "ho" } }]);
    const { result } = await finish(makeRun({ gate: fakeGate("ask"), approver }, [makeTool({ input })]));
    expect(result).toMatchObject({ outcome: "denied", decision: { layer: "approval" } });
  });
});

describe("an approval beyond one call", () => {
  const scopesOf = async (parts: Partial<ToolCallRun>, taint = false): Promise<ApprovalQuestion | undefined> => {
    const { run, approver } = asking({ decision: "approve" }, { grants: keeping(), ...parts });
    if (taint) run.labeller.add([{ kind: "untrusted", tool: "WebFetch", agent: "main" }]);
    await finish(run);
    return approver.questions[0];
  };

  it("is offered as far as the question permits", async () => {
    expect(await scopesOf({})).toMatchObject({ scopes: ["once", "session", "always"], proposedRule: "Echo(hi)" });
    const policy = fakeCheck("ask");
    expect((await scopesOf({ gate: fakeGate("allow", { policy }) }))?.scopes).toEqual(["once", "session"]);
    const risk = fakeCheck("none", { risk: "high" });
    expect((await scopesOf({ gate: fakeGate("ask", { risk }) }))?.scopes).toEqual(["once"]);
    const taint = fakeCheck("ask");
    expect((await scopesOf({ gate: fakeGate("allow", { taint }) }))?.scopes).toEqual(["once"]);
    expect((await scopesOf({}, true))?.scopes).toEqual(["once"]);
  });

  it("is remembered and told", async () => {
    const grants = keeping();
    const { run } = asking({ decision: "approve", scope: "always" }, { grants });
    const { events } = await finish(run);
    expect(grants.kept).toHaveLength(1);
    expect(events).toContainEqual({
      type: "approval-remembered",
      grant: { scope: "always", rule: "Echo(hi)", file: "grants" },
    });
  });

  it("counts once when the context is tainted, when it cannot be kept, and when it is not permitted", async () => {
    const tainted = keeping();
    const one = asking({ decision: "approve", scope: "always" }, { grants: tainted, labeller: fakeLabeller() });
    one.run.labeller.add([{ kind: "untrusted", tool: "WebFetch", agent: "main" }]);
    const { result } = await finish(one.run);
    expect(result.outcome).toBe("completed");
    expect(tainted.kept).toEqual([]);

    const broken: Grants = {
      find: () => undefined,
      remember() {
        throw new Error("disk full");
      },
    };
    const two = asking({ decision: "approve", scope: "session" }, { grants: broken });
    const ended = await finish(two.run);
    expect(ended.result.outcome).toBe("completed");
    expect(ended.events.map(({ type }) => type)).not.toContain("approval-remembered");
  });

  it("answers the next question without asking, and never a denial", async () => {
    const grants = keeping({ scope: "session", rule: "Echo(hi)", approver: "ada" });
    const { run, ran, approver } = asking({ decision: "deny" }, { grants });
    const { result } = await finish(run);
    expect(result.decision).toMatchObject({ effect: "allow", layer: "approval", rule: "Echo(hi)" });
    expect(approver.questions).toEqual([]);
    expect(ran).toHaveLength(1);

    const denied = asking({ decision: "approve" }, { grants, gate: fakeGate("deny") });
    expect((await finish(denied.run)).result.outcome).toBe("denied");
    expect(denied.ran).toEqual([]);
  });

  it("is asked about when what was remembered cannot be read", async () => {
    const grants: Grants = {
      find() {
        throw new Error("broken file");
      },
      remember: () => ({ scope: "session", rule: "x" }),
    };
    const { run, approver } = asking({ decision: "deny" }, { grants });
    expect((await finish(run)).result.outcome).toBe("denied");
    expect(approver.questions).toHaveLength(1);
  });
});
