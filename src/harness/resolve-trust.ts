import { toApprover } from "../approval/to-approver.ts";
import type { ProjectTrust } from "../config/index.ts";
import { NO_LABELS } from "../labels/index.ts";
import type { ApprovalQuestion } from "../spec/index.ts";
import type { RunOptions } from "./run-options.ts";

/** Where trust is looked up. */
export interface TrustPlace {
  readonly cwd: string;
  readonly home: string;
}

/**
 * Whether the project's own files count in full: the host says so, a person trusted exactly their content before, or,
 * with "ask", does so now. Anything but a clear yes leaves the project untrusted, and the run goes on with what tightens.
 */
export async function resolveTrust(options: RunOptions, place: TrustPlace): Promise<boolean> {
  const { trustProject: asked, config } = options;
  if (typeof asked === "boolean") return asked;
  // Named files are the host's choice; without any there is nothing to trust.
  if (config !== undefined) return false;
  const { readProjectTrust, trustProject } = await import("../config/index.ts");
  const found = await readProjectTrust(place);
  if (found.project === undefined) return false;
  if (found.isTrusted) return true;
  // More than a person could look at.
  if (found.digest === "") return false;
  if (asked !== "ask" || !(await isConfirmed(found, options, place))) return false;
  await trustProject(found, place);
  return true;
}

async function isConfirmed(
  found: ProjectTrust,
  { onApproval, signal, clock }: RunOptions,
  { cwd }: TrustPlace,
): Promise<boolean> {
  if (onApproval === undefined) return false;
  const { digestJson } = await import("../digest/index.ts");
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
