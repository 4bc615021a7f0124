import { setTimeout as sleep } from "node:timers/promises";

import type { Container, Exec } from "dockerode";

import { statusOf } from "./engine.ts";

/** What to end. */
export interface ContainerStop {
  readonly container: Container;
  readonly exec: Exec;
  /** Stands in the environment of every process of the command. */
  readonly marker: string;
  readonly graceMs: number;
}

const LOOK_MS = 20;
/** What each signal may take; a container that is full, or a script that hangs, is no reason to wait longer. */
const WITHIN_MS = { TERM: 500, KILL: 1000 } as const;

/**
 * Ends a command in a container and what it started: the engine cannot, it only lets go of the stream. A script in the
 * container finds the processes by their marker and session. Where that cannot run (no room for a process is left) or
 * does not help at once, the container is killed, which ends everything in it.
 */
export async function stopInContainer({ container, exec, marker, graceMs }: ContainerStop): Promise<void> {
  if (await signalMarked(container, marker, "TERM")) await isOverWithin(exec, graceMs);
  const deadline = performance.now() + WITHIN_MS.KILL / 2;
  do {
    // Also when the first process has ended: what it started may have stayed.
    const areDead = await signalMarked(container, marker, "KILL");
    if (!areDead) break;
    // A command that is only being started has no marker yet, and is found by the next round.
    if (await isOverWithin(exec, 5 * LOOK_MS)) return;
  } while (performance.now() < deadline);
  await killContainer(container);
}

/** Ends everything in a container. It can be started again. */
export async function killContainer(container: Container): Promise<void> {
  const over = container.wait();
  over.catch(() => {});
  try {
    await container.kill();
    await over;
  } catch (error) {
    // 409: it was down already, as after all its memory was used.
    if (statusOf(error) !== 409) throw error;
  }
}

async function isOverWithin(exec: Exec, ms: number): Promise<boolean> {
  const deadline = performance.now() + ms;
  while ((await exec.inspect()).Running) {
    if (performance.now() >= deadline) return false;
    await sleep(LOOK_MS);
  }
  return true;
}

/**
 * Runs under any POSIX shell with `cat`. In /proc/PID/stat the fields follow the last parenthesis: state ppid pgrp
 * session. KILL is sent until nothing is left, since a process may have forked between look and signal; what is dead and
 * not asked for (Z, X) does not count. With TERM once is enough.
 */
const SCRIPT = `
signal=$1; marker=$2; sessions=" "; rounds=50
[ "$signal" = KILL ] || rounds=1
look() { read -r line <"$1/stat" || return 1; set -- \${line##*)}; session=$4; case $1 in Z|X) return 1;; esac; }
marked() {
  if command -v grep >/dev/null; then grep -ls "$marker" /proc/[0-9]*/environ
  else for dir in /proc/[0-9]*; do case $(cat "$dir/environ") in *"$marker"*) echo "$dir/environ";; esac; done
  fi
}
while [ $rounds -gt 0 ]; do
  rounds=$((rounds - 1)); victims=""
  for file in $(marked); do look "\${file%/environ}" && pid=\${file#/proc/} && victims="$victims \${pid%/environ}" && sessions="$sessions$session "; done
  for dir in /proc/[0-9]*; do
    look "$dir" || continue
    case $sessions in *" $session "*) victims="$victims \${dir#/proc/}" ;; esac
  done
  [ -n "$victims" ] || exit 0
  kill -s "$signal" $victims
done
[ "$signal" = TERM ]
`;

/** Whether the script ran and, with KILL, left nothing. */
async function signalMarked(container: Container, marker: string, signal: "TERM" | "KILL"): Promise<boolean> {
  let exec: Exec;
  try {
    // Refused where the container is full, or down by now.
    exec = await container.exec({ Cmd: ["sh", "-c", `{ ${SCRIPT}\n} 2>/dev/null`, "stop", signal, marker] });
    await exec.start({ Detach: true });
  } catch {
    return false;
  }
  return (await isOverWithin(exec, WITHIN_MS[signal])) && (await exec.inspect()).ExitCode === 0;
}
