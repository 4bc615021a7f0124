// Swaps the directory `swap` with the symbolic link `link` as fast as it can, until its parent goes away.
import { renameSync, rmSync } from "node:fs";
import { join } from "node:path";

const root = process.argv[2];
const at = (name) => join(root, name);
process.on("disconnect", () => process.exit(0));
process.send("ready");

function move(from, to) {
  for (;;) {
    try {
      renameSync(at(from), at(to));
      return;
    } catch {
      // A writer made the directory in the moment in which the name was free.
      remove(to);
    }
  }
}

function remove(name) {
  try {
    rmSync(at(name), { recursive: true, force: true });
  } catch {
    // It writes there at this moment: another try.
  }
}

function swap() {
  for (let round = 0; round < 200; round += 1) {
    move("swap", "held");
    move("link", "swap");
    move("swap", "link");
    move("held", "swap");
  }
  setImmediate(swap);
}
swap();
