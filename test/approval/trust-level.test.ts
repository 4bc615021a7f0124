import { describe, expect, it } from "vitest";

import { approverForLevel, readTrustLevel, type ApprovalQuestion, type TrustLevel } from "../../src/approval/index.ts";
import { fakeApprover } from "../../src/testing/index.ts";
import { question, quiet } from "./questions.ts";

const minor = question({ risk: "medium" });
const grave: readonly (readonly [string, ApprovalQuestion])[] = [
  ["high risk", question({ risk: "high" })],
  ["a rule that asks", question({ isDefault: false, layer: "policy" })],
  ["the rule of two", question({ isDefault: false, layer: "taint" })],
  ["a hook", question({ isDefault: false, layer: "hook" })],
];

describe("approverForLevel()", () => {
  it.each(["supervised", "semi_autonomous", "autonomous"] as const)(
    "%s approves what no rule is about",
    async (level) => {
      const person = fakeApprover();
      expect(await approverForLevel(level, person).decide(minor, quiet())).toMatchObject({ decision: "approve" });
      expect(person.questions).toEqual([]);
    },
  );

  it.each(grave)("supervised and semi_autonomous ask the person about %s; autonomous denies it", async (_name, one) => {
    for (const level of ["supervised", "semi_autonomous"] as const) {
      const person = fakeApprover([true]);
      expect(await approverForLevel(level, person).decide(one, quiet())).toBe(true);
    }
    const person = fakeApprover([true]);
    expect(await approverForLevel("autonomous", person).decide(one, quiet())).toMatchObject({ decision: "deny" });
    expect(person.questions).toEqual([]);
  });

  it("denies everything in read_only, and what a person would answer where nobody is", async () => {
    expect(await approverForLevel("read_only", fakeApprover([true])).decide(minor, quiet())).toMatchObject({
      decision: "deny",
    });
    for (const level of ["supervised", "semi_autonomous"] as const) {
      expect(await approverForLevel(level, undefined).decide(question({ risk: "high" }), quiet())).toMatchObject({
        decision: "deny",
      });
    }
  });

  it("semi_autonomous denies what nobody answers in time; low risk only by an explicit choice", async () => {
    const silent = { decide: () => new Promise<boolean>(() => {}) };
    const low = question({ risk: "low", isDefault: false, layer: "policy" });
    const strict = approverForLevel({ level: "semi_autonomous", timeoutMs: 5 }, silent);
    expect(await strict.decide(low, quiet())).toMatchObject({ decision: "deny" });
    const loose = approverForLevel({ level: "semi_autonomous", timeoutMs: 5, approveLowRiskAtTimeout: true }, silent);
    expect(await loose.decide(low, quiet())).toMatchObject({ decision: "approve" });
    for (const risk of ["medium", "high", "block"] as const) {
      expect(await loose.decide({ ...low, risk }, quiet())).toMatchObject({ decision: "deny" });
    }
  });

  it("passes on the end of a run and a failure of the approver", async () => {
    const silent = { decide: () => new Promise<boolean>(() => {}) };
    const control = new AbortController();
    const pending = approverForLevel("semi_autonomous", silent).decide(question({ risk: "high" }), control);
    control.abort("over");
    await expect(pending).rejects.toBe("over");
    const broken = { decide: () => Promise.reject(new Error("broken")) };
    await expect(
      approverForLevel("semi_autonomous", broken).decide(question({ risk: "high" }), quiet()),
    ).rejects.toThrow("broken");
  });

  it("refuses a level that it does not know", () => {
    // As code without types would write it.
    expect(() => readTrustLevel("semi-autonomous" as TrustLevel)).toThrow(/semi_autonomous/);
    expect(() => readTrustLevel({ level: "supervised", timeoutMs: 0 })).toThrow(RangeError);
  });
});
