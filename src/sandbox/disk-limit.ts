import { statfs } from "node:fs/promises";

/** A limit on disk space that can be told from other aborts. */
export interface DiskLimit extends Disposable {
  /** Aborted when too much is gone. */
  readonly signal: AbortSignal;
  isReason(reason: unknown): boolean;
}

const LOOK_MS = 100;
const MIB = 1024 * 1024;

/**
 * Watches the free space of a file system while a command runs: what is gone since its begin counts, whoever took it, so
 * that files without a name count too. `undefined` watches nothing.
 */
export function watchDisk(path: string, maxMb: number | undefined): DiskLimit {
  const reached = new DOMException("The command's disk space is used up", "QuotaExceededError");
  const controller = new AbortController();
  const isReason = (reason: unknown): boolean => reason === reached;
  if (maxMb === undefined) return { signal: controller.signal, isReason, [Symbol.dispose]() {} };
  let free: number | undefined;
  let isLooking = false;
  const look = async (): Promise<void> => {
    if (isLooking) return;
    isLooking = true;
    try {
      const { bavail, bsize } = await statfs(path);
      free ??= bavail * bsize;
      if (free - bavail * bsize > maxMb * MIB) controller.abort(reached);
    } catch {
      // What cannot be measured cannot be held: better no command than one without its limit.
      controller.abort(reached);
    } finally {
      isLooking = false;
    }
  };
  void look();
  const timer = setInterval(() => void look(), LOOK_MS);
  timer.unref();
  return { signal: controller.signal, isReason, [Symbol.dispose]: () => clearInterval(timer) };
}
