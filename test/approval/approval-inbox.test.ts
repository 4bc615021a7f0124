import { getEventListeners } from "node:events";
import { describe, expect, it } from "vitest";

import { ApprovalInbox, type ApprovalAnswer } from "../../src/approval/index.ts";
import { fakeApprover } from "../../src/testing/index.ts";
import { question, quiet } from "./questions.ts";

describe("ApprovalInbox", () => {
  it("answer() and decide() refuse an id that does not wait", () => {
    const inbox = new ApprovalInbox();
    for (const id of ["q1", "", "__proto__"]) {
      expect(() => inbox.answer(id, "approve")).toThrow(expect.objectContaining({ code: "session_not_found" }));
      expect(() => inbox.decide(id, "approve")).toThrow(/waits for an answer/);
    }
  });

  it("answer() counts once, also at the same moment", async () => {
    const inbox = new ApprovalInbox();
    const answer = inbox.decide(question(), quiet());
    inbox.answer("q1", { decision: "deny", feedback: "no" });
    expect(() => inbox.answer("q1", "approve")).toThrow(expect.objectContaining({ code: "session_not_found" }));
    expect(inbox.list()).toEqual([]);
    expect(await answer).toEqual({ decision: "deny", feedback: "no" });
    expect(() => inbox.answer("q1", "approve")).toThrow(/waits for an answer/);
  });

  it.each(["yes", "aprove", "", true, null, undefined, {}, { decision: "ok" }, 1])(
    "answer(%j) is refused and leaves the question waiting",
    async (nonsense) => {
      const inbox = new ApprovalInbox();
      const answer = inbox.decide(question(), quiet());
      expect(() => inbox.answer("q1", nonsense as ApprovalAnswer)).toThrow(TypeError);
      expect(inbox.list()).toHaveLength(1);
      inbox.decide("q1", "pause");
      expect(await answer).toEqual({ decision: "pause" });
    },
  );

  it("decide() rejects with the reason of an abort and removes the question and its listener", async () => {
    const inbox = new ApprovalInbox();
    const controller = new AbortController();
    const answer = inbox.decide(question(), controller);
    const reason = { my: "reason" };
    controller.abort(reason);
    await expect(answer).rejects.toBe(reason);
    expect(inbox.list()).toEqual([]);
    expect(() => inbox.answer("q1", "approve")).toThrow(/waits for an answer/);
  });

  it("decide() rejects at once when the signal is aborted already, and asks nobody", async () => {
    const approver = fakeApprover([true]);
    const inbox = new ApprovalInbox({ approver });
    await expect(inbox.decide(question(), { signal: AbortSignal.abort("over") })).rejects.toBe("over");
    expect(inbox.list()).toEqual([]);
    expect(approver.questions).toEqual([]);
  });

  it("decide() leaves no listener on a signal that lives on", async () => {
    const inbox = new ApprovalInbox({ approver: fakeApprover([true]) });
    const { signal } = quiet();
    await inbox.decide(question(), { signal });
    const second = inbox.decide(question({ id: "q2" }), { signal });
    inbox.answer("q2", "deny");
    await second;
    expect(getEventListeners(signal, "abort")).toEqual([]);
  });

  it("decide() refuses a second question with an id that waits, and keeps the first", async () => {
    const inbox = new ApprovalInbox();
    const first = inbox.decide(question(), quiet());
    await expect(inbox.decide(question({ name: "Write" }), quiet())).rejects.toThrow(/waits already/);
    expect(inbox.list()).toEqual([question()]);
    inbox.answer("q1", "approve");
    expect(await first).toEqual({ decision: "approve" });
  });

  it("list() gives what waits, oldest first", async () => {
    const inbox = new ApprovalInbox();
    const answers = ["b", "a", "c"].map((id) => inbox.decide(question({ id }), quiet()));
    expect(inbox.list().map(({ id }) => id)).toEqual(["b", "a", "c"]);
    inbox.answer("a", "approve");
    expect(inbox.list().map(({ id }) => id)).toEqual(["b", "c"]);
    inbox.answer("b", "deny");
    inbox.answer("c", "deny");
    expect(await Promise.all(answers)).toEqual([{ decision: "deny" }, { decision: "approve" }, { decision: "deny" }]);
  });

  it("races with an approver: the inbox is faster, and the approver is told to stop asking", async () => {
    let told: AbortSignal | undefined;
    const approver = {
      decide: (_question: unknown, { signal }: { readonly signal: AbortSignal }) => {
        told = signal;
        return new Promise<boolean>((_resolve, reject) => {
          signal.addEventListener("abort", () => reject(signal.reason as Error));
        });
      },
    };
    const inbox = new ApprovalInbox({ approver });
    const options = quiet();
    const answer = inbox.decide(question(), options);
    inbox.answer("q1", "deny");
    expect(await answer).toEqual({ decision: "deny" });
    expect(told?.aborted).toBe(true);
    expect(options.signal.aborted).toBe(false);
  });

  it("races with an approver: the approver is faster and the question is gone", async () => {
    const inbox = new ApprovalInbox({ approver: fakeApprover([{ decision: "approve", approver: "me" }]) });
    expect(await inbox.decide(question(), quiet())).toEqual({ decision: "approve", approver: "me" });
    expect(inbox.list()).toEqual([]);
    expect(() => inbox.answer("q1", "deny")).toThrow(/waits for an answer/);
  });

  it.each([
    ["rejects", () => Promise.reject(new Error("bot is down"))],
    [
      "throws",
      () => {
        throw new Error("bot is down");
      },
    ],
  ])("rejects when the approver %s, and the question is gone", async (_how, decide) => {
    const inbox = new ApprovalInbox({ approver: { decide } });
    await expect(inbox.decide(question(), quiet())).rejects.toThrow("bot is down");
    expect(inbox.list()).toEqual([]);
  });
});
