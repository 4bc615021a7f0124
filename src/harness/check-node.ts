import { HarnessError } from "../errors/index.ts";

const NEEDED = "Node 22.22.3 or newer on the 22 line, else 24.15 or newer";

/**
 * Refuses a Node on which nothing here can be relied on, before anything else is asked of it: throws code
 * "node_unsupported". One that is older than what is tested and works is told to `log`.
 */
export function checkNode(log: (warning: string) => void = () => {}, version = process.versions.node): void {
  const [major = 0, minor = 0, patch = 0] = version.split(".").map((part) => Number.parseInt(part, 10));
  const isTested =
    (major === 22 && (minor > 22 || (minor === 22 && patch >= 3))) || (major === 24 && minor >= 15) || major > 24;
  if (isTested) return;
  // Before these `node:sqlite` does not tell of a transaction that is open: what was refused would be kept.
  if (!(major === 22 && minor >= 16) && major !== 24) {
    throw new HarnessError(
      `This is Node ${version}, and harness-agent needs ${NEEDED}: start the program with such a one`,
      { code: "node_unsupported" },
    );
  }
  log(
    `This is Node ${version}: use ${NEEDED}. Its SQLite can damage a file that several processes write, so this one holds the ` +
      "files of sessions and budgets alone",
  );
}
