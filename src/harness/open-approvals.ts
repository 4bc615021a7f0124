import type { ApprovalInbox } from "../approval/index.ts";
import { systemClock } from "../async/index.ts";
import { HarnessError } from "../errors/index.ts";
import type { ApprovalReceipt, Approvals } from "../session/index.ts";
import type { ApprovalAnswer, ApprovalQuestion, Clock } from "../spec/index.ts";
import type { Stores } from "./open-stores.ts";

/** The questions that wait for an answer, those of other processes on the same store included. */
export interface HarnessApprovals {
  /** Those that wait, the oldest first. */
  list(): Promise<readonly ApprovalQuestion[]>;
  /**
   * Answers a question, once: the first decision counts. A run that waits here goes on; one that was paused goes on with
   * `resume`. Throws code "session_not_found" for a question that there is not, "approval_refused" for an answer that
   * cannot count.
   */
  decide(id: string, answer: ApprovalAnswer | "approve" | "deny"): Promise<ApprovalReceipt>;
  /** Takes an approval back that was not used yet. */
  revoke(id: string, by: string): Promise<void>;
}

/** Options of `openHarnessApprovals`. */
export interface OpenHarnessApprovalsOptions {
  readonly stores: Stores;
  /** Holds questions that belong to no call and are kept nowhere, such as for more budget. */
  readonly inbox: ApprovalInbox;
  readonly clock: Clock | undefined;
}

/** Looks through everything in which a harness keeps sessions. */
export function openHarnessApprovals({
  stores,
  inbox,
  clock = systemClock,
}: OpenHarnessApprovalsOptions): HarnessApprovals {
  const openAll = async (): Promise<readonly Approvals[]> => {
    const { openApprovals } = await import("../session/index.ts");
    return (await stores.all()).map((store) => openApprovals(store, { clock }));
  };
  const find = async <Value>(id: string, use: (approvals: Approvals) => Promise<Value>): Promise<Value> => {
    for (const approvals of await openAll()) {
      try {
        return await use(approvals);
      } catch (error) {
        if (!HarnessError.isInstance(error) || error.code !== "session_not_found") throw error;
      }
    }
    const message = `No question with the id ${JSON.stringify(id.slice(0, 80))} waits for an answer`;
    throw new HarnessError(message, { code: "session_not_found" });
  };
  return {
    async list() {
      const kept = (await Promise.all((await openAll()).map((approvals) => approvals.list()))).flat();
      const questions = kept.map(({ question }) => question);
      const ids = new Set(questions.map(({ id }) => id));
      return [...questions, ...inbox.list().filter(({ id }) => !ids.has(id))];
    },
    async decide(id, answer) {
      const isKept = (await Promise.all((await stores.all()).map((store) => store.findApproval(id)))).some(Boolean);
      if (isKept || !inbox.list().some((question) => question.id === id)) {
        return await find(id, (approvals) => approvals.decide(id, answer));
      }
      inbox.answer(id, answer);
      const { decision } = typeof answer === "string" ? { decision: answer } : answer;
      return { status: "decided", decision: decision === "approve" ? "approve" : "deny", missing: 0 };
    },
    revoke: (id, by) => find(id, (approvals) => approvals.revoke(id, by)),
  };
}
