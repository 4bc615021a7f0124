import { setTimeout as sleep } from "node:timers/promises";

import type { Container, Exec } from "dockerode";

/** What to end. */
export interface ContainerStop {
  readonly container: Container;
  readonly exec: Exec;
  /** Stands in the environment of every process of the command. */
  readonly marker: string;
  readonly graceMs: number;
}

const LOOK_MS = 20;
const KILL_MS = 2000;

/**
 * Ends a command in a container and what it started: the engine cannot, it only lets go of the stream. A script in the
 * container finds the processes by their marker and session. If the command lives on, the container is restarted.
 */
export async function stopInContainer({ container, exec, marker, graceMs }: ContainerStop): Promise<void> {
  await signalMarked(container, marker, "TERM");
  await isOverWithin(exec, graceMs);
  // Also when the first process has ended: what it started may have stayed.
  await signalMarked(container, marker, "KILL");
  if (await isOverWithin(exec, KILL_MS)) return;
  await container.restart({ t: 0 });
}

async function isOverWithin(exec: Exec, ms: number): Promise<boolean> {
  const deadline = performance.now() + ms;
  while ((await exec.inspect()).Running) {
    if (performance.now() >= deadline) return false;
    await sleep(LOOK_MS);
  }
  return true;
}

/** Runs under any POSIX shell with `cat`. In /proc/PID/stat the fields follow the last parenthesis: state ppid pgrp session. */
const SCRIPT = `
signal=$1; marker=$2; sessions=" "; victims=""
session() { read -r line <"$1/stat" || return 1; set -- \${line##*)}; session=$4; }
for dir in /proc/[0-9]*; do
  case $(cat "$dir/environ") in
    *"$marker"*) victims="$victims \${dir#/proc/}"; session "$dir" && sessions="$sessions$session " ;;
  esac
done
for dir in /proc/[0-9]*; do
  session "$dir" || continue
  case $sessions in *" $session "*) victims="$victims \${dir#/proc/}" ;; esac
done
[ -z "$victims" ] || kill -s "$signal" $victims
`;

async function signalMarked(container: Container, marker: string, signal: "TERM" | "KILL"): Promise<void> {
  const exec = await container.exec({ Cmd: ["sh", "-c", `{ ${SCRIPT}\n} 2>/dev/null`, "stop", signal, marker] });
  await exec.start({ Detach: true });
  while ((await exec.inspect()).Running) await sleep(LOOK_MS);
}
