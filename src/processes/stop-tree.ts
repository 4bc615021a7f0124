import { setTimeout as sleep } from "node:timers/promises";

import { hasInEnvironment, listProcesses, readProcess, type ProcessEntry } from "./process-table.ts";

/** What belongs together: everything that one command, or all commands of a sandbox, started. */
export interface TreeTarget {
  /** Process groups whose leaders we started. */
  readonly groups: readonly number[];
  /** Stands in the environment of every process; finds those that left group, session and parent. */
  readonly marker: string;
  /**
   * A process that only waits for the others and ends with them, such as `nsenter`. It is ended last, so that it takes its
   * child in: a namespace is gone only when its dead are, and who takes in orphans of the host may be slow or nobody.
   */
  readonly waiter?: number;
  /**
   * Ends all that could hold them at once, and more, such as a namespace: for those that start others faster than they
   * are found.
   */
  readonly endAll?: (() => Promise<void>) | undefined;
}

/** Milliseconds between two looks at dying processes: they are not our children, so no event tells. */
const LOOK_MS = 10;
const MAX_ROUNDS = 500;
/** Who has only to take in its dead gets two seconds for it: a busy machine may not let it run any earlier. */
const PATIENCE_ROUNDS = 200;
/** So many that came while the others were ended are chased in vain. */
const MAX_NEWCOMERS = 100;

/**
 * Ends processes: SIGTERM, then SIGKILL to whatever is left after `graceMs`, over and over until none is left. On Linux
 * all descendants are found, whatever group or session they moved to, unless one detached itself twice and wiped its
 * environment too. Elsewhere it is the process groups.
 */
export async function stopTree(target: TreeTarget, { graceMs }: { readonly graceMs: number }): Promise<void> {
  const find = process.platform === "linux" ? findOnLinux : findGroups;
  let alive = find(target);
  for (const victim of withoutWaiter(alive, target)) victim.kill("SIGTERM");
  const deadline = performance.now() + graceMs;
  while (alive.length > 0 && performance.now() < deadline) {
    await sleep(LOOK_MS);
    alive = alive.filter((victim) => victim.isAlive());
  }
  const seen = new Set(alive.map(({ pid }) => pid));
  const newcomers = new Set<number>();
  for (let round = 0; round < MAX_ROUNDS; round += 1) {
    const left = find(target);
    if (left.length === 0) return;
    for (const { pid } of left) (round === 0 || seen.has(pid) ? seen : newcomers).add(pid);
    if (newcomers.size >= MAX_NEWCOMERS && target.endAll !== undefined) return await target.endAll();
    const isWaiting = left.every(({ pid }) => pid === target.waiter) && round < PATIENCE_ROUNDS;
    if (!isWaiting) for (const victim of withoutWaiter(left, target)) victim.kill("SIGKILL");
    await sleep(LOOK_MS);
  }
}

/** All but the one that waits for the others; that one, too, when nobody else is left. */
function withoutWaiter(victims: readonly Victim[], { waiter }: TreeTarget): readonly Victim[] {
  const others = victims.filter(({ pid }) => pid !== waiter);
  return others.length === 0 ? victims : others;
}

interface Victim {
  readonly pid: number;
  isAlive(): boolean;
  kill(signal: NodeJS.Signals): void;
}

function findOnLinux({ groups, marker }: TreeTarget): readonly Victim[] {
  const all = listProcesses();
  const found = new Set<number>(groups);
  const isOurs = ({ pid, group, session }: ProcessEntry): boolean =>
    groups.includes(group) || groups.includes(session) || hasInEnvironment(pid, marker);
  const victims = all.filter(isOurs);
  for (const { pid } of victims) found.add(pid);
  // Children of what was found, also those without our marker; a child's pid may be below its parent's.
  for (let grows = true; grows;) {
    const more = all.filter(({ pid, parent }) => found.has(parent) && !found.has(pid));
    for (const entry of more) {
      found.add(entry.pid);
      victims.push(entry);
    }
    grows = more.length > 0;
  }
  return victims.filter(({ pid }) => pid !== process.pid).map(toVictim);
}

function toVictim({ pid, startTime }: ProcessEntry): Victim {
  // A pid may be used again: only the process that was found is ever hit.
  const isAlive = (): boolean => readProcess(pid)?.startTime === startTime;
  return {
    pid,
    isAlive,
    kill: (signal) => {
      if (isAlive()) send(pid, signal);
    },
  };
}

function findGroups({ groups }: TreeTarget): readonly Victim[] {
  return groups
    .filter(isGroupAlive)
    .map((group) => ({ pid: -group, isAlive: () => isGroupAlive(group), kill: (signal) => send(-group, signal) }));
}

/** Whether any process of a group is there. */
export function isGroupAlive(group: number): boolean {
  return send(-group, 0);
}

function send(target: number, signal: NodeJS.Signals | 0): boolean {
  try {
    return process.kill(target, signal);
  } catch (error) {
    // It is there, but not ours to signal.
    return error instanceof Error && "code" in error && error.code === "EPERM";
  }
}
