import { SandboxError } from "../errors/index.ts";
import type { OpenedSandbox } from "./create-sandbox.ts";
import { openPoolMember, type PoolMember } from "./pool-member.ts";
import type { SandboxPoolOptions } from "./sandbox-pool-options.ts";

/** A sandbox with a workspace of its own; disposal gives it back. */
export interface PooledSandbox extends OpenedSandbox {
  /** Its workspace: an empty folder, or what `prepare` made of it. */
  readonly cwd: string;
}

/** Sandboxes that are ready before they are needed. */
export interface SandboxPool extends AsyncDisposable {
  /** A sandbox for one session: a ready one where there is any, else a new one. Throws what `createSandbox` throws. */
  acquire(): Promise<PooledSandbox>;
  /** How many are ready, and how many are given out. */
  readonly counts: { readonly ready: number; readonly leased: number };
}

/** The longest time between two looks at the age of what is ready. Milliseconds. */
const TURNOVER_MS = 60_000;

/**
 * Keeps sandboxes ready for sessions of a server. What is given out is replaced at once, in the background. Disposal
 * removes all of them, also those that are given out.
 *
 * @example
 * await using pool = await createSandboxPool({ mode: "docker", docker: { image: "python:3.12-slim" }, size: 4 });
 * await using sandbox = await pool.acquire();
 * await sandbox.exec("python -c 'print(1)'");
 */
export async function createSandboxPool(options: SandboxPoolOptions): Promise<SandboxPool> {
  const { size = 2, reset = "discard" } = options;
  if (!Number.isSafeInteger(size) || size < 0) throw new RangeError(`size must be a whole number, not ${size}`);
  const shelf = createShelf(options, size);
  const leased = new Set<PoolMember>();
  const giveBack = async (member: PoolMember): Promise<void> => {
    if (!leased.delete(member)) return;
    const isKept = reset === "clean" && shelf.hasRoom() && (await member.clean());
    if (!isKept || !shelf.put(member)) await member[Symbol.asyncDispose]();
    shelf.fill();
  };
  const lend = (member: PoolMember): PooledSandbox => {
    leased.add(member);
    shelf.fill();
    return { ...member.sandbox, cwd: member.cwd, [Symbol.asyncDispose]: () => giveBack(member) };
  };
  // The first one shows whether the options work at all.
  if (size > 0) shelf.put(await openPoolMember(options));
  shelf.fill();
  return {
    get counts() {
      return { ready: shelf.count, leased: leased.size };
    },
    async acquire() {
      if (shelf.isClosed) throw new SandboxError("The pool is closed");
      return lend((await shelf.take()) ?? (await openPoolMember(options)));
    },
    async [Symbol.asyncDispose]() {
      const left = [...leased];
      leased.clear();
      await shelf.close(left);
    },
  };
}

/** The sandboxes that are ready. */
interface Shelf {
  readonly count: number;
  readonly isClosed: boolean;
  hasRoom(): boolean;
  /** Whether it was taken; else it is still the caller's. */
  put(member: PoolMember): boolean;
  /** One that works and is not too old. */
  take(): Promise<PoolMember | undefined>;
  /** Opens in the background what is missing. */
  fill(): void;
  /** Removes all that are ready, and those given. */
  close(others: readonly PoolMember[]): Promise<void>;
}

function createShelf(options: SandboxPoolOptions, size: number): Shelf {
  const { maxAgeMs = 600_000 } = options;
  const ready: PoolMember[] = [];
  const opening = new Set<Promise<unknown>>();
  const closing = new Set<Promise<unknown>>();
  let isClosed = false;
  const isOld = ({ openedAt }: PoolMember): boolean => performance.now() - openedAt > maxAgeMs;
  const discard = (member: PoolMember): void => keep(closing, Promise.resolve(member[Symbol.asyncDispose]()));
  const hasRoom = (): boolean => !isClosed && ready.length < size;
  const put = (member: PoolMember): boolean => hasRoom() && ready.push(member) > 0;
  const fill = (): void => {
    while (!isClosed && ready.length + opening.size < size) {
      const member = openPoolMember(options);
      // Where it fails, who acquires next opens one and is told what is wrong.
      keep(
        opening,
        member.then((opened) => put(opened) || discard(opened)),
      );
    }
  };
  const retire = (): void => {
    for (const member of ready.filter(isOld)) {
      ready.splice(ready.indexOf(member), 1);
      discard(member);
    }
    fill();
  };
  const turnover = setInterval(retire, Math.min(maxAgeMs, TURNOVER_MS));
  turnover.unref();
  return {
    get count() {
      return ready.length;
    },
    get isClosed() {
      return isClosed;
    },
    hasRoom,
    put,
    fill,
    async take() {
      for (let member = ready.shift(); member !== undefined; member = ready.shift()) {
        if (!isOld(member) && (await member.isFit())) return member;
        discard(member);
      }
      return undefined;
    },
    async close(others) {
      isClosed = true;
      clearInterval(turnover);
      await Promise.all(opening);
      for (const member of [...ready.splice(0), ...others]) discard(member);
      await Promise.all(closing);
    },
  };
}

/** Keeps work in a set for as long as it lasts; its failure is for whoever waits for the set. */
function keep(set: Set<Promise<unknown>>, work: Promise<unknown>): void {
  const kept = work.then(
    () => {},
    () => {},
  );
  set.add(kept);
  void kept.then(() => set.delete(kept));
}
