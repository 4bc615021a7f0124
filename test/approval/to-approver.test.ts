import { describe, expect, it } from "vitest";

import { toApprover, type ApprovalFunction, type Approver } from "../../src/approval/index.ts";
import { question, quiet } from "./questions.ts";

describe("toApprover()", () => {
  it.each([undefined, null, true, "yes", {}, { decide: true }, []])("refuses %j", (nonsense) => {
    expect(() => toApprover(nonsense as unknown as Approver)).toThrow(TypeError);
  });

  it("makes rejections of what a function throws", async () => {
    const approver = toApprover(() => {
      throw new Error("no");
    });
    await expect(approver.decide(question(), quiet())).rejects.toThrow("no");
  });

  it("passes question and signal to a function, sync or async", async () => {
    const seen: unknown[] = [];
    const answer: ApprovalFunction = (asked, { signal }) => {
      seen.push(asked, signal);
      return true;
    };
    const options = quiet();
    expect(await toApprover(answer).decide(question(), options)).toBe(true);
    expect(seen).toEqual([question(), options.signal]);
    expect(await toApprover(async () => ({ decision: "deny" as const })).decide(question(), options)).toEqual({
      decision: "deny",
    });
  });

  it("leaves an approver as it is", () => {
    const approver: Approver = { decide: async () => true };
    expect(toApprover(approver)).toBe(approver);
  });
});
