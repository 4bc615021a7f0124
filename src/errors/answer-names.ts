import type { ApprovalAnswer } from "../spec/index.ts";
import type { KnownNames } from "./known-names.ts";
import { suggestName } from "./nearest-name.ts";

const NAMES: KnownNames<ApprovalAnswer> = {
  decision: true,
  scope: true,
  feedback: true,
  editedArgs: true,
  argsDigest: true,
  approver: true,
  resolution: true,
};

/**
 * What of an answer nobody reads, in words, if anything: a condition or an edit that is lost would let something else run
 * than what was approved.
 */
export function describeUnreadAnswer(answer: object): string | undefined {
  const unknown = Object.keys(answer).find((key) => !Object.hasOwn(NAMES, key));
  return unknown === undefined
    ? undefined
    : `an answer has no "${unknown}".${suggestName(unknown, Object.keys(NAMES))}`;
}
