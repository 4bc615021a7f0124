import type { ExecLimits } from "../spec/index.ts";

/** The limits of one command: those of its sandbox, and its own where they are tighter. */
export function tighterLimits(limits: ExecLimits, own: ExecLimits = {}): ExecLimits {
  return {
    ...smaller("memoryMb", limits, own),
    ...smaller("cpuSeconds", limits, own),
    ...smaller("processes", limits, own),
    ...smaller("fileSizeMb", limits, own),
    ...smaller("openFiles", limits, own),
  };
}

function smaller(name: keyof ExecLimits, limits: ExecLimits, own: ExecLimits): ExecLimits {
  const values = [limits[name], own[name]].filter((value) => value !== undefined);
  return values.length === 0 ? {} : { [name]: Math.min(...values) };
}
