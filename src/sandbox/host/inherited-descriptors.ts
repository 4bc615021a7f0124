import { readdirSync, readFileSync } from "node:fs";

const CLOSE_ON_EXEC = 0o2_000_000;

/**
 * The descriptors that this program was itself started with, besides the first three: a shell's, a supervisor's. They
 * would pass to every command, whatever they lead to. Those that Node opened do not. Linux tells; elsewhere none are known.
 */
export function inheritedDescriptors(): readonly number[] {
  if (process.platform !== "linux") return [];
  return readdirSync("/proc/self/fd")
    .map(Number)
    .filter((descriptor) => descriptor > 2 && passesOn(descriptor));
}

function passesOn(descriptor: number): boolean {
  try {
    const flags = /^flags:\s+([0-7]+)/m.exec(readFileSync(`/proc/self/fdinfo/${descriptor}`, "utf8"))?.[1];
    return (Number.parseInt(flags ?? "0", 8) & CLOSE_ON_EXEC) === 0;
  } catch {
    // It was the one that read the list.
    return false;
  }
}
