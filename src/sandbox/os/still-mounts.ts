import { execFile } from "node:child_process";
import { promisify } from "node:util";

import { findProgram } from "../host/find-program.ts";

const FOLDERS = "/usr/bin:/bin:/usr/sbin:/sbin";

/**
 * What is put in front of bubblewrap, so that no mount of the host comes or goes while it copies them one by one: it
 * gives up at the first that is not there any more, and a machine that runs containers has such at any time. Only root
 * can have it; without it, what is rare stays possible.
 */
export async function findStillMounts(): Promise<readonly string[]> {
  const unshare = findProgram("unshare", { path: FOLDERS, cwd: "/" });
  if (process.platform !== "linux" || process.getuid?.() !== 0 || unshare === undefined) return [];
  const prefix = [unshare, "--mount", "--propagation", "private", "--"];
  try {
    await promisify(execFile)(unshare, [...prefix.slice(1), "true"], { env: { PATH: FOLDERS } });
    return prefix;
  } catch {
    // Root of a container that may not: bubblewrap makes do with a namespace of users.
    return [];
  }
}
