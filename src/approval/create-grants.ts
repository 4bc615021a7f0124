import type { ApprovalQuestion, Grant, Grants } from "../spec/index.ts";
import { openGrantFile, type GrantFile } from "./grant-file.ts";
import { holdsForGood, isSameRule, minimalRule, type MinimalRule } from "./minimal-rule.ts";

/** What grants are kept in. */
export interface GrantsOptions {
  /** The file of those that hold for good, such as `~/.harness/approvals.json`. @default they hold for a session at most */
  readonly file?: string;
  /** Milliseconds since the epoch. @default Date.now */
  readonly now?: () => number;
}

/** How many approvals of sessions are kept; the oldest go first, and are asked about again. */
const MAX_SESSION_GRANTS = 1000;

/**
 * Makes the memory of approvals. What a person allowed for a session is kept in this process, what they allowed for good
 * in a file, for the folder in which it was allowed. A grant never answers more than its question would permit now: a
 * rule that asks goes before what was allowed for good, and high risk, hooks and the rule of two are asked each time.
 */
export function createGrants({ file: path, now = Date.now }: GrantsOptions = {}): Grants {
  const file = path === undefined ? undefined : openGrantFile(path);
  const sessions: SessionGrant[] = [];
  return {
    find(question) {
      if (question.risk === "high" || question.risk === "block") return undefined;
      if (question.layer !== "permission" && question.layer !== "policy") return undefined;
      const rule = minimalRule(question);
      // What a tainted context would write into an allowed file is not what was looked at.
      if (rule.kind === "path" && question.labels.isTainted) return undefined;
      const kept = sessions.find((one) => one.sessionId === question.sessionId && isSameRule(one.rule, rule));
      if (kept !== undefined) return kept.grant;
      return question.isDefault ? findForGood(file, question, rule) : undefined;
    },
    propose(question) {
      const rule = minimalRule(question);
      return file !== undefined && holdsForGood(rule) ? rule.text : undefined;
    },
    remember(question, { scope, approver }) {
      const rule = minimalRule(question);
      const by = approver === undefined ? {} : { approver };
      if (scope === "always" && file !== undefined && holdsForGood(rule)) {
        file.add({ project: question.cwd, rule, grantedAt: now(), ...by });
        return { scope: "always", rule: rule.text, file: file.path, ...by };
      }
      // What cannot be told in full by a rule holds no longer than the session in which it was seen.
      const grant: Grant = { scope: "session", rule: rule.text, ...by };
      sessions.push({ sessionId: question.sessionId, rule, grant });
      if (sessions.length > MAX_SESSION_GRANTS) sessions.shift();
      return grant;
    },
  };
}

interface SessionGrant {
  readonly sessionId: string;
  readonly rule: MinimalRule;
  readonly grant: Grant;
}

function findForGood(file: GrantFile | undefined, { cwd }: ApprovalQuestion, rule: MinimalRule): Grant | undefined {
  const kept = file?.read().find((one) => one.project === cwd && isSameRule(one.rule, rule));
  if (kept === undefined || file === undefined) return undefined;
  const by = kept.approver === undefined ? {} : { approver: kept.approver };
  return { scope: "always", rule: kept.rule.text, file: file.path, ...by };
}
