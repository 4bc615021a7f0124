import { chmodSync, closeSync, constants, fstatSync, lstatSync, openSync, readdirSync, type Stats } from "node:fs";
import { setImmediate as nextTurn } from "node:timers/promises";

/** Linux: a descriptor that stands for a place without opening what is there. Node does not name the constant. */
const O_PATH = 0o10000000;
const ENTRIES_BETWEEN_PAUSES = 500;

/**
 * Lets the group root write a tree that belongs to root, so that commands can run as somebody else than root: what the
 * owner may do the group may do then. Files with other names elsewhere, of other groups, or that are neither file nor
 * directory keep their mode; links are not followed.
 */
export async function shareWithGroup(root: string): Promise<void> {
  let entries = 0;
  const visit = async (directory: string): Promise<void> => {
    const descriptor = openSync(directory, O_PATH | constants.O_DIRECTORY | constants.O_NOFOLLOW);
    try {
      // Through the descriptor from here on: a link in the path's place would lead elsewhere.
      const held = `/proc/self/fd/${descriptor}`;
      open(held, fstatSync(descriptor));
      for (const name of readdirSync(held)) {
        if ((entries += 1) % ENTRIES_BETWEEN_PAUSES === 0) await nextTurn();
        const path = `${held}/${name}`;
        const stats = lstatSync(path, { throwIfNoEntry: false });
        if (stats?.isDirectory() === true) await visit(path);
        else if (stats?.isFile() === true && stats.nlink === 1) openFile(path, stats);
      }
    } finally {
      closeSync(descriptor);
    }
  };
  await visit(root);
}

function openFile(path: string, stats: Stats): void {
  if (stats.mode === shared(stats.mode)) return;
  const descriptor = openSync(path, O_PATH | constants.O_NOFOLLOW);
  try {
    const now = fstatSync(descriptor);
    if (now.isFile() && now.nlink === 1) open(`/proc/self/fd/${descriptor}`, now);
  } finally {
    closeSync(descriptor);
  }
}

function open(held: string, { mode, uid, gid }: Stats): void {
  const wanted = shared(mode);
  if (uid === 0 && gid === 0 && wanted !== mode) chmodSync(held, wanted & 0o7777);
}

/** The group gets what the owner has. */
function shared(mode: number): number {
  return mode | ((mode & 0o700) >> 3);
}
