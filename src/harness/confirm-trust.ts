import { toApprover } from "../approval/to-approver.ts";
import type { ProjectTrust } from "../config/index.ts";
import { digestJson } from "../digest/index.ts";
import { NO_LABELS } from "../labels/index.ts";
import type { ApprovalQuestion } from "../spec/index.ts";
import type { RunOptions } from "./run-options.ts";

/** Where trust is looked up. */
export interface TrustPlace {
  readonly cwd: string;
  readonly home: string;
}

/** Asks a person whether the files of a project count in full. Anything but a clear yes is a no. */
export async function confirmTrust(
  found: ProjectTrust,
  { onApproval, signal, clock }: RunOptions,
  { cwd }: TrustPlace,
): Promise<boolean> {
  if (onApproval === undefined) return false;
  const name = "TrustProject";
  const args = { project: found.project ?? cwd, files: found.files, digest: found.digest };
  const question: ApprovalQuestion = {
    id: `trust-${found.digest.slice(0, 16)}`,
    toolUseId: "trust",
    sessionId: "trust",
    agent: "main",
    name,
    args,
    argsDigest: digestJson({ name, args }),
    layer: "trust",
    isDefault: false,
    reason: "The project brings its own configuration, policies or hooks; until they are trusted they may only tighten",
    risk: "high",
    riskReasons: ["hooks of a trusted project run programs, and its rules may allow what yours do not mention"],
    cwd,
    labels: NO_LABELS,
    scopes: ["once"],
    askedAt: clock?.now() ?? Date.now(),
    expiresAt: undefined,
  };
  try {
    const answer = await toApprover(onApproval).decide(question, { signal: signal ?? new AbortController().signal });
    if (typeof answer === "boolean") return answer;
    return answer.decision === "approve" && (answer.argsDigest ?? question.argsDigest) === question.argsDigest;
  } catch {
    return false;
  }
}
