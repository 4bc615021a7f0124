/** Runs every check, one after another, and says at the end which ones failed. `node scripts/check.ts [name …]` */
import { spawnSync } from "node:child_process";

/** npm scripts, cheap ones first. dist/ is built before those that look at it. */
const CHECKS = [
  "typecheck:fast",
  "lint",
  "format",
  "check:floors",
  "check:results",
  "check:using",
  "check:schemas",
  "check:lock",
  "check:links",
  "typecheck",
  "check:docs",
  "build:once",
  "check:doors",
  "check:size",
  "check:package",
];

const names = process.argv.length > 2 ? process.argv.slice(2) : CHECKS;
const outcomes = names.map((name) => {
  console.log(`\n— ${name}`);
  const start = performance.now();
  const { status } = spawnSync("npm", ["run", "--silent", name], { stdio: "inherit" });
  return { name, isGood: status === 0, seconds: (performance.now() - start) / 1000 };
});
console.log();
for (const { name, isGood, seconds } of outcomes) {
  console.log(`${isGood ? "ok    " : "FAILED"} ${name.padEnd(16)} ${seconds.toFixed(1)} s`);
}
const failed = outcomes.filter(({ isGood }) => !isGood).map(({ name }) => name);
if (failed.length > 0) {
  console.error(`\n${failed.length} of ${outcomes.length} checks failed. Run one alone: npm run ${failed[0]}`);
  process.exitCode = 1;
}
