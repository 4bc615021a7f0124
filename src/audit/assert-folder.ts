import { HarnessError } from "../errors/index.ts";
import { isFolder } from "./list-logs.ts";

/** Throws code "audit_failed" for a path that is no folder. */
export async function assertFolder(path: string): Promise<void> {
  if (await isFolder(path)) return;
  throw new HarnessError(`${path} is no directory of audit logs: name the one that it is in`, { code: "audit_failed" });
}
