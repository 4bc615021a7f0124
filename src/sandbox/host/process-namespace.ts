import { spawn, type ChildProcess } from "node:child_process";
import { once } from "node:events";

import { startTimer } from "../../async/index.ts";
import { findProgram, type Shell } from "./find-program.ts";

/** A place where processes see each other and none of the host. */
export interface ProcessNamespace extends AsyncDisposable {
  /** Puts a program into it, as leader of a session of its own. The program begins in `/`. */
  enter(argv: readonly string[]): Promise<readonly string[]>;
  /** Ends everything in it, whatever it did to hide. */
  reset(): Promise<void>;
}

/** What `isolation.protections` calls it. */
export const PROCESS_NAMESPACE = "pid-namespace";

const FOLDERS = "/usr/bin:/bin:/usr/sbin:/sbin";
/** A slow machine is none without namespaces. */
const START_MS = 30_000;
const END_MS = 2000;
/** Its first process takes in orphans, and ends with our end of its input: also when we are killed. */
const WAIT = "echo ready; while read -r line; do :; done";
/** Root could look below a second /proc: the host's goes first. Our own copy of the mounts alone changes. */
const REPLACE_PROC = "umount -l /proc && mount -t proc -o nosuid,nodev,noexec proc /proc || exit 1";

/**
 * Makes a process namespace with a `/proc` of its own, so that commands cannot read the variables of the host program
 * and its ancestors. Takes root, or a system that lets everybody make user namespaces; `undefined` where it cannot be
 * made, which a first command in it has proved.
 */
export async function openProcessNamespace(shell: Shell): Promise<ProcessNamespace | undefined> {
  if (process.platform !== "linux") return undefined;
  const [unshare, nsenter, setsid] = ["unshare", "nsenter", "setsid"].map((name) =>
    findProgram(name, { path: FOLDERS, cwd: "/" }),
  );
  if (unshare === undefined || nsenter === undefined || setsid === undefined) return undefined;
  let starting = startFirst(unshare, shell);
  let first = await starting;
  if (first === undefined) return undefined;
  const reset = async (): Promise<void> => {
    if (first !== undefined) await endFirst(first);
  };
  const enter = async (argv: readonly string[]): Promise<readonly string[]> => {
    // Commands that come at once share one: what is awaited below is the same start.
    if (first !== undefined && hasEnded(first)) {
      first = undefined;
      starting = startFirst(unshare, shell);
    }
    first = await starting;
    if (first === undefined) throw new Error("Its process namespace is gone and cannot be made again");
    return [nsenter, ...namespacesOf(first), "--", setsid, ...argv];
  };
  if (await succeeds(await enter([shell.path, ...shell.flags, "test $$ -gt 1 && test -r /proc/$$/stat"]))) {
    return { enter, reset, [Symbol.asyncDispose]: reset };
  }
  await reset();
  return undefined;
}

const isRoot = (): boolean => process.getuid?.() === 0;

/** What holds the namespace: `unshare`, and as its child the first process inside. */
async function startFirst(unshare: string, shell: Shell): Promise<ChildProcess | undefined> {
  const flags = ["--pid", "--mount", "--propagation", "slave", "--fork", "--kill-child"];
  const [more, script] = isRoot()
    ? [[], `${REPLACE_PROC}; ${WAIT}`]
    : [["--user", "--map-current-user", "--mount-proc"], WAIT];
  const child = spawn(unshare, [...flags, ...more, shell.path, ...shell.flags, script], {
    cwd: "/",
    env: { PATH: FOLDERS },
    stdio: ["pipe", "pipe", "ignore"],
    detached: true,
  });
  // It ends when it likes; who enters it then makes another one.
  child.on("error", () => {});
  child.stdin.on("error", () => {});
  const late = new AbortController();
  const stopTimer = startTimer(START_MS, () => late.abort());
  const isReady = await Promise.race([
    once(child.stdout, "data", { signal: late.signal }).then(() => true),
    once(child, "exit").then(() => false),
  ]).catch(() => false);
  stopTimer();
  child.stdout.destroy();
  if (!isReady) {
    child.kill("SIGKILL");
    return undefined;
  }
  // It must not keep the host program alive.
  child.unref();
  if ("unref" in child.stdin && typeof child.stdin.unref === "function") child.stdin.unref();
  return child;
}

/** The kernel ends every process of a namespace with its first, and `unshare` ends after them. */
async function endFirst(child: ChildProcess): Promise<void> {
  if (hasEnded(child)) return;
  const ended = once(child, "exit");
  child.ref();
  const timer = setTimeout(() => child.kill("SIGKILL"), END_MS);
  child.stdin?.end();
  await ended;
  clearTimeout(timer);
}

function hasEnded(child: ChildProcess): boolean {
  return child.exitCode !== null || child.signalCode !== null;
}

function namespacesOf({ pid = 0 }: ChildProcess): readonly string[] {
  const file = (name: string): string => `/proc/${pid}/ns/${name}`;
  const user = isRoot() ? [] : [`--user=${file("user")}`, "--preserve-credentials"];
  return [...user, `--mount=${file("mnt")}`, `--pid=${file("pid_for_children")}`];
}

async function succeeds([program = "", ...rest]: readonly string[]): Promise<boolean> {
  const child = spawn(program, rest, { cwd: "/", env: { PATH: FOLDERS }, stdio: "ignore" });
  try {
    await once(child, "exit");
    return child.exitCode === 0;
  } catch {
    return false;
  }
}
