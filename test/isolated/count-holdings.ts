import { createHook } from "node:async_hooks";
import { readdirSync, readFileSync, readlinkSync } from "node:fs";
import { globalAgent } from "node:http";
import { setTimeout as sleep } from "node:timers/promises";

import { COMMAND_MARK } from "../stories/places.ts";

/** Everything that this process holds and a run may leave behind, one word each: "timer", "file socket", "child sleep 60" … */
export type Holdings = readonly string[];

const EVENTS = ["SIGINT", "SIGTERM", "SIGHUP", "exit", "beforeExit", "uncaughtException", "unhandledRejection"];

/** Watches this process from now on. */
export interface Watch extends Disposable {
  /** What the process holds when that does not change any more and no child is left, or after many looks. */
  rest(): Promise<Holdings>;
  /** What the process holds more than before; looks again and again for what is still about to close. */
  leftOver(before: Holdings, looks?: number): Promise<Holdings>;
  /** Warnings of listeners that pile up. */
  readonly warnings: readonly string[];
}

export function watchHoldings(): Watch {
  // Other kinds are told to be gone only when their garbage is collected; /proc knows better about them.
  const timers = new Set<number>();
  const hook = createHook({
    init: (id, type) => void (type === "Timeout" && timers.add(id)),
    destroy: (id) => void timers.delete(id),
  }).enable();
  const warnings: string[] = [];
  const onWarning = ({ name, message }: Error): void => {
    if (name.startsWith("MaxListeners")) warnings.push(message);
  };
  process.on("warning", onWarning);
  const count = (): Holdings => [
    ...process.getActiveResourcesInfo(),
    ...Array.from(timers, () => "timer"),
    ...listFiles().map((path) => `file ${path}`),
    ...listChildren().map((command) => `child ${command}`),
    ...EVENTS.flatMap((name) => process.listeners(name as NodeJS.Signals).map(() => `listener of ${name}`)),
  ];
  /** Counts again and again until the count is right. */
  const countUntil = async (isRight: (now: Holdings) => boolean, looks = 2000): Promise<Holdings> => {
    for (let attempt = 0; ; attempt += 1) {
      // Idle connections are kept on purpose; they are no leak.
      globalAgent.destroy();
      await sleep(10);
      const now = count();
      if (attempt === looks || isRight(now)) return now;
    }
  };
  return {
    warnings,
    async rest() {
      let last = "";
      return await countUntil((now) => {
        const before = last;
        last = now.toSorted().join("\n");
        return last === before && !now.some((name) => name.startsWith("child"));
      });
    },
    leftOver: async (before, looks) => more(await countUntil((now) => more(now, before).length === 0, looks), before),
    [Symbol.dispose]() {
      hook.disable();
      process.off("warning", onWarning);
    },
  };
}

/** What is in a list more often than in another one. */
function more(now: Holdings, before: Holdings): Holdings {
  const left = [...before];
  return now.filter((name) => {
    const index = left.indexOf(name);
    if (index >= 0) left.splice(index, 1);
    return index < 0;
  });
}

/** What the file descriptors point to, without numbers. */
function listFiles(): readonly string[] {
  return readdirSync("/proc/self/fd").flatMap((descriptor) => {
    const target = safely(() => readlinkSync(`/proc/self/fd/${descriptor}`));
    // The listing's own descriptor is gone again.
    return target === undefined ? [] : [target.replace(/:\[\d+\]$/, "")];
  });
}

/** Processes that this one started, and those that run the tests' commands. */
function listChildren(): readonly string[] {
  return readdirSync("/proc").flatMap((id) => {
    const stat = /^\d+$/.test(id) ? safely(() => readFileSync(`/proc/${id}/stat`, "utf8")) : undefined;
    if (stat === undefined) return [];
    const command = safely(() => readFileSync(`/proc/${id}/cmdline`, "utf8")) ?? "";
    // "id (name) state parent …": a name may hold anything.
    const parent = stat.slice(stat.lastIndexOf(")") + 2).split(" ")[1];
    return parent === String(process.pid) || command.includes(COMMAND_MARK) ? [command.replaceAll("\0", " ")] : [];
  });
}

/** A process or a descriptor may be gone between its listing and its reading. */
function safely<Value>(read: () => Value): Value | undefined {
  try {
    return read();
  } catch {
    return undefined;
  }
}
