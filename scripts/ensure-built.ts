/** Builds dist/ when it is missing or older than what it is made of. `node scripts/ensure-built.ts` */
import { spawnSync } from "node:child_process";
import { existsSync, readdirSync, statSync } from "node:fs";
import { join } from "node:path";

const STAMP = "dist/index.js";
const INPUTS = ["package.json", "package-lock.json", "tsconfig.json", "tsdown.config.ts"];

if (isStale()) {
  const { status } = spawnSync(process.execPath, ["node_modules/tsdown/dist/run.mjs"], { stdio: "inherit" });
  process.exitCode = status ?? 1;
}

function isStale(): boolean {
  if (!existsSync(STAMP) || !existsSync("dist/index.d.ts")) return true;
  const built = statSync(STAMP).mtimeMs;
  const sources = readdirSync("src", { recursive: true, withFileTypes: true });
  // Folders too: a file that was removed or renamed leaves its mark on them.
  const inputs = [...INPUTS, "src", ...sources.map((entry) => join(entry.parentPath, entry.name))];
  return inputs.some((input) => statSync(input).mtimeMs > built);
}
