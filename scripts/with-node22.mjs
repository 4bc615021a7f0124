// Runs a program of node_modules on the oldest supported Node; its children and workers find that Node too.
// node scripts/with-node22.mjs vitest run
import { spawnSync } from "node:child_process";
import { existsSync, readFileSync } from "node:fs";
import { delimiter, resolve } from "node:path";

const [name, ...args] = process.argv.slice(2);
const folder = resolve("node_modules/node22/bin");
if (!existsSync(resolve(folder, "node"))) {
  console.error("Node 22 is not installed: run npm ci, with install scripts of the package node allowed");
  process.exit(1);
}
const { bin } = JSON.parse(readFileSync(resolve("node_modules", name, "package.json"), "utf8"));
const program = resolve("node_modules", name, typeof bin === "string" ? bin : bin[name]);
const { status } = spawnSync(resolve(folder, "node"), [program, ...args], {
  stdio: "inherit",
  env: { ...process.env, PATH: folder + delimiter + process.env.PATH },
});
process.exit(status ?? 1);
