import { createHook } from "node:async_hooks";
import { readdirSync, readFileSync } from "node:fs";
import { globalAgent } from "node:http";
import { setTimeout as sleep } from "node:timers/promises";
import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";

/** What this process holds: everything that a run may leave behind. */
export interface Holdings {
  /** What keeps the event loop alive, sorted. */
  readonly resources: readonly string[];
  /** Timers, also those that don't keep the loop alive. */
  readonly timers: number;
  readonly sockets: number;
  readonly files: readonly string[];
  readonly children: readonly string[];
  readonly listeners: readonly string[];
}

const WATCHED = new Set(["Timeout", "TCPWRAP"]);
const SIGNALS = ["SIGINT", "SIGTERM", "SIGHUP", "exit", "beforeExit", "uncaughtException", "unhandledRejection"];

/** Watches this process from now on. */
export interface Watch extends Disposable {
  count(): Holdings;
  /** Counts as soon as the process holds what it held before, or at the end of a second. */
  settle(before: Holdings): Promise<Holdings>;
  /** Warnings of listeners that pile up. */
  readonly warnings: readonly string[];
}

export function watchHoldings(): Watch {
  const living = new Map<number, string>();
  const hook = createHook({
    init: (id, type) => void (WATCHED.has(type) && living.set(id, type)),
    destroy: (id) => void living.delete(id),
  }).enable();
  const warnings: string[] = [];
  const onWarning = ({ name, message }: Error): void =>
    void (name.startsWith("MaxListeners") && warnings.push(message));
  process.on("warning", onWarning);
  const livingOf = (type: string): number => [...living.values()].filter((living) => living === type).length;
  const count = (): Holdings => ({
    resources: process.getActiveResourcesInfo().toSorted(),
    timers: livingOf("Timeout"),
    sockets: livingOf("TCPWRAP"),
    files: openFiles(),
    children: findChildren(),
    listeners: SIGNALS.map((name) => `${name}: ${process.listenerCount(name)}`),
  });
  return {
    warnings,
    count,
    async settle(before) {
      const wanted = JSON.stringify(before);
      let now = before;
      for (let attempt = 0; attempt < 50; attempt += 1) {
        // Idle connections are kept on purpose; they are no leak.
        globalAgent.destroy();
        await sleep(20);
        now = count();
        if (JSON.stringify(now) === wanted) break;
      }
      return now;
    },
    [Symbol.dispose]() {
      hook.disable();
      process.off("warning", onWarning);
    },
  };
}

/** What the process' file descriptors point to: kinds of those without a name, paths of the others. */
function openFiles(): readonly string[] {
  const files: string[] = [];
  for (const descriptor of readdirSync("/proc/self/fd")) {
    // The listing's own descriptor is gone again.
    const [target] = safely(() => [readdirLink(`/proc/self/fd/${descriptor}`)]) ?? [];
    if (target !== undefined) files.push(target);
  }
  return files.toSorted();
}

function readdirLink(path: string): string {
  return process
    .getBuiltinModule("node:fs")
    .readlinkSync(path)
    .replace(/:\[\d+\]$/, "");
}

/** Processes that this one started, and those that run the tests' commands whoever their parent is now. */
function findChildren(): readonly string[] {
  const found: string[] = [];
  for (const id of readdirSync("/proc").filter((name) => /^\d+$/.test(name))) {
    const stat = safely(() => readFileSync(`/proc/${id}/stat`, "utf8"));
    const command = safely(() => readFileSync(`/proc/${id}/cmdline`, "utf8")) ?? "";
    const parent = stat?.slice(stat.lastIndexOf(")") + 4).split(" ")[0];
    if (parent === String(process.pid) || command.includes("3601.25")) found.push(command.replaceAll("\0", " "));
  }
  return found.toSorted();
}

/** A process or a descriptor may be gone between its listing and its reading. */
function safely<Value>(read: () => Value): Value | undefined {
  try {
    return read();
  } catch {
    return undefined;
  }
}

/** Collects garbage now, whatever flags the process was started with. */
export function collectGarbage(): void {
  setFlagsFromString("--expose-gc");
  // The new context's global function of that name is there because of the flag.
  const collect = runInNewContext("gc") as () => void;
  collect();
}
