// Run by leaks.test.ts in a process of its own, where nothing else holds handles.
import { getEventListeners } from "node:events";
import { setTimeout as sleep } from "node:timers/promises";
import { tmpdir } from "node:os";

import { createSandbox } from "../../src/sandbox/index.ts";

const controller = new AbortController();
const { signal } = controller;
const stays: string[] = [];
{
  await using sandbox = await createSandbox({ mode: "process", cwd: tmpdir(), limits: { cpuSeconds: 10 } });
  await Promise.all(Array.from({ length: 20 }, () => sandbox.exec("echo x", { signal, timeoutMs: 10_000 })));
  await sandbox.exec("cat", { stdin: "x", signal });
  await sandbox.exec("sleep 60 & echo $!", { signal });
  await sandbox.exec("sleep 60", { timeoutMs: 50, signal });
  await sandbox.exec(["nothing-here"], { signal }).catch(() => {});
  await sandbox.exec("sleep 60", { signal: AbortSignal.timeout(50) }).catch(() => {});
}
const listeners = getEventListeners(signal, "abort").length;
{
  await using check = await createSandbox({ mode: "none", cwd: tmpdir() });
  const { stdout } = await check.exec(
    `ps -eo ppid,stat,args | grep "^ *${process.pid} .*sleep" | grep -v grep || true`,
  );
  stays.push(...stdout.split("\n").filter((line) => line !== ""));
}
// Standard streams of this program are pipes of the test.
const held = (): readonly string[] =>
  process.getActiveResourcesInfo().filter((name) => !["PipeWrap", "TTYWrap"].includes(name));
let resources = held();
for (let looks = 0; looks < 100 && resources.length > 0; looks += 1) {
  await sleep(100);
  resources = held();
}
console.log(JSON.stringify({ resources, listeners, stays }));
