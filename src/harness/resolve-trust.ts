import type { TrustPlace } from "./confirm-trust.ts";
import type { RunOptions } from "./run-options.ts";

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
  if (asked !== "ask") return false;
  const { confirmTrust } = await import("./confirm-trust.ts");
  if (!(await confirmTrust(found, options, place))) return false;
  await trustProject(found, place);
  return true;
}
