import { lstat, readdir, readFile, rm, rmdir, unlink } from "node:fs/promises";
import { existsSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { isDeadOwner, OWNER_VARIABLE, ownerOfFolder } from "./owner.ts";
import { listPids, readEnvironment, readProcess, stopTree } from "../processes/index.ts";

/** Options of `reapOrphans`. */
export interface ReapOptions {
  /** The engine's socket; containers are looked for where it exists. @default `DOCKER_HOST` of the environment, else /var/run/docker.sock */
  readonly socketPath?: string;
}

/** What was left by host programs that died, and is gone now. */
export interface ReapedOrphans {
  readonly processes: number;
  readonly folders: number;
  readonly containers: number;
}

/** Names what a sandbox made in a workspace, in the folder that belongs to it. */
export const LEFT_FILE = "left.json";

/**
 * Removes what host programs left that died before they could close their sandboxes: processes, temporary folders and
 * containers of this user on this machine, known by their owner's mark. What belongs to a living program is left alone.
 * Every sandbox does the part of its mode when it is opened; call this from a timer or after a crash.
 */
export async function reapOrphans(options: ReapOptions = {}): Promise<ReapedOrphans> {
  const { socketPath = "/var/run/docker.sock" } = options;
  const hasEngine =
    options.socketPath !== undefined || process.env["DOCKER_HOST"] !== undefined || existsSync(socketPath);
  const containers = hasEngine ? await reapContainers(options) : 0;
  // First who could still write to the folders.
  const processes = await reapProcesses();
  return { processes, containers, folders: await reapFolders() };
}

async function reapContainers({ socketPath }: ReapOptions): Promise<number> {
  const { openEngine } = await import("./docker/engine.ts");
  const { removeOrphans } = await import("./docker/orphans.ts");
  const docker = socketPath === undefined ? {} : { docker: { socketPath } };
  const engine = await openEngine({ mode: "docker", cwd: "/", ...docker });
  return await removeOrphans(engine.docker);
}

/** Ends processes of dead programs, with all that they started. */
export async function reapProcesses(): Promise<number> {
  const marks = new Map<string, number>();
  for (const pid of listPids()) {
    const mark = readEnvironment(pid, OWNER_VARIABLE);
    if (mark !== undefined && isDeadOwner(mark)) marks.set(mark, (marks.get(mark) ?? 0) + 1);
  }
  for (const mark of marks.keys()) {
    await stopTree({ groups: [], marker: `${OWNER_VARIABLE}=${mark}` }, { graceMs: 0 });
  }
  return [...marks.values()].reduce((sum, count) => sum + count, 0);
}

/** Removes temporary folders of dead programs, and what they name as left in workspaces. */
export async function reapFolders(): Promise<number> {
  let removed = 0;
  for (const name of await readdir(tmpdir())) {
    const mark = ownerOfFolder(name);
    if (mark === undefined || !isDeadOwner(mark)) continue;
    const folder = join(tmpdir(), name);
    const stats = await lstat(folder).catch(() => undefined);
    // Anybody can make a folder with such a name: only our own user's word counts.
    if (stats?.isDirectory() !== true || stats.uid !== process.getuid?.()) continue;
    await removeLeft(folder);
    if (name.startsWith("harness-os-")) await removeProxySockets(Number(mark.split("-", 1)[0]));
    await rm(folder, { recursive: true, force: true });
    removed += 1;
  }
  return removed;
}

/** The runtime of mode "os" names a socket by its process, and nobody can ask it for that name. */
async function removeProxySockets(pid: number): Promise<void> {
  if (readProcess(pid) !== undefined) return;
  for (const name of await readdir(tmpdir())) {
    if (!name.startsWith(`srt-mux-${pid}-`)) continue;
    const stats = await lstat(join(tmpdir(), name)).catch(() => undefined);
    if (stats?.isSocket() === true && stats.uid === process.getuid?.())
      await unlink(join(tmpdir(), name)).catch(() => {});
  }
}

/** A note that is not there or half written: its program died before it made anything. */
async function readLeft(note: string): Promise<readonly unknown[]> {
  try {
    const paths: unknown = JSON.parse(await readFile(note, "utf8"));
    return Array.isArray(paths) ? paths : [];
  } catch {
    return [];
  }
}

/** Sockets, and empty files and folders that stood for protected ones; what has content is somebody's. */
async function removeLeft(folder: string): Promise<void> {
  for (const path of await readLeft(join(folder, LEFT_FILE))) {
    if (typeof path !== "string") continue;
    const stats = await lstat(path).catch(() => undefined);
    if (stats?.isDirectory() === true) await rmdir(path).catch(() => {});
    else if (stats?.isSocket() === true || (stats?.isFile() === true && stats.size === 0))
      await unlink(path).catch(() => {});
  }
}
