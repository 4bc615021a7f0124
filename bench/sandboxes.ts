import { execFileSync, spawn } from "node:child_process";
import { once } from "node:events";
import { readFileSync } from "node:fs";
import { mkdtemp, realpath, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { SandboxManager } from "@anthropic-ai/sandbox-runtime";

import { createSandbox, createSandboxPool, type SandboxOptions } from "../src/sandbox/index.ts";

const IMAGE = "harness-test:tools";
const RUNS = 25;
const GIB = 1024 ** 3;

const MODES: readonly Omit<SandboxOptions, "cwd">[] = [
  { mode: "none" },
  { mode: "process" },
  { mode: "process", limits: { memoryMb: 1024, cpuSeconds: 60, fileSizeMb: 100, openFiles: 1024 } },
  { mode: "os" },
  { mode: "docker", docker: { image: IMAGE } },
];

/** Cost of a command in each mode, as a ratio to bare `bash -c true` of the same run. */
export async function measureSandboxes(): Promise<void> {
  const cwd = await realpath(await mkdtemp(join(tmpdir(), "harness-bench-")));
  try {
    const bare = await median(() => runBare(cwd));
    console.log(`Sandboxes: medians of ${RUNS} commands "true"; bare bash -c: ${bare.toFixed(1)} ms`);
    console.log("  mode               open ms   first ms   warm ms   × bare   20 at once ms   1 GiB s   peak MB");
    for (const options of MODES) {
      if (options.mode === "docker" && !hasImage()) {
        console.log(`  docker: skipped, there is no image ${IMAGE}`);
        continue;
      }
      console.log(await measureMode({ ...options, cwd }, bare));
    }
    await measureRuntime(cwd, bare);
    if (hasImage()) await measurePool();
    await measureCode(cwd);
  } finally {
    await rm(cwd, { recursive: true, force: true });
  }
}

async function measureMode(options: SandboxOptions, bare: number): Promise<string> {
  const started = performance.now();
  await using sandbox = await createSandbox(options);
  const openMs = performance.now() - started;
  const firstMs = await time(() => sandbox.exec("true"));
  const warmMs = await median(() => sandbox.exec("true"));
  const parallelMs = await time(() => Promise.all(Array.from({ length: 20 }, () => sandbox.exec("true"))));
  let peak = 0;
  const before = process.memoryUsage().rss;
  const look = setInterval(() => (peak = Math.max(peak, process.memoryUsage().rss - before)), 20);
  const floodMs = await time(() => sandbox.exec(`head -c ${GIB} /dev/zero`));
  clearInterval(look);
  const name = `${options.mode}${options.limits === undefined ? "" : " with limits"}`;
  return `  ${name.padEnd(19)}${column(openMs)}${column(firstMs)}${column(warmMs)}${column(warmMs / bare)}${column(parallelMs)}${column(floodMs / 1000)}${column(peak / 1e6)}`;
}

async function measurePool(): Promise<void> {
  await using pool = await createSandboxPool({ mode: "docker", docker: { image: IMAGE }, size: 3 });
  const times: number[] = [];
  for (let round = 0; round < 9; round += 1) {
    while (pool.counts.ready < 3) await new Promise((resolve) => setTimeout(resolve, 20));
    const started = performance.now();
    await using sandbox = await pool.acquire();
    times.push(performance.now() - started);
    await sandbox.exec("true");
  }
  console.log(`  pool of docker, warm: p50 ${middle(times).toFixed(2)} ms to a ready sandbox`);
}

async function measureCode(cwd: string): Promise<void> {
  await using sandbox = await createSandbox({ mode: "wasm", cwd });
  await sandbox.runCode("1");
  console.log(`  RunCode "1 + 1" in QuickJS: ${(await median(() => sandbox.runCode("1 + 1"))).toFixed(1)} ms`);
  const python = { language: "python" } as const;
  const first = await time(() => sandbox.runCode("1 + 1", python));
  const later = await median(() => sandbox.runCode("1 + 1", python));
  console.log(`  RunCode "1 + 1" in Python: first ${first.toFixed(0)} ms, then ${later.toFixed(0)} ms`);
}

/** What mode "os" costs beside what it stands on; both take turns. It can be started once: after our own use of it. */
async function measureRuntime(cwd: string, bare: number): Promise<void> {
  await using sandbox = await createSandbox({ mode: "os", cwd });
  const filesystem = { denyRead: [], allowRead: [], allowWrite: [cwd], denyWrite: [] };
  const runtime = { times: [] as number[], cpuMs: 0 };
  const ours = { times: [] as number[], cpuMs: 0 };
  const measure = async (kind: typeof ours, work: () => Promise<unknown>): Promise<void> => {
    const before = readCpuMs();
    kind.times.push(await time(work));
    kind.cpuMs += readCpuMs() - before;
  };
  for (let round = 0; round < 2 * RUNS; round += 1) {
    await measure(runtime, () => runInRuntime(cwd, filesystem));
    await measure(ours, () => sandbox.exec("true"));
  }
  const [base, own] = [middle(runtime.times), middle(ours.times)];
  console.log(
    `  os: ${own.toFixed(1)} ms a command, sandbox-runtime by itself ${base.toFixed(1)} ms (${(base / bare).toFixed(1)} × bare): ${(own / base).toFixed(2)} × in time, ${(ours.cpuMs / runtime.cpuMs).toFixed(2)} × in CPU`,
  );
}

/** CPU time of this process and of its children that have ended, as Linux counts it: in hundredths of a second. */
function readCpuMs(): number {
  const text = readFileSync("/proc/self/stat", "utf8");
  const fields = text.slice(text.lastIndexOf(")") + 2).split(" ");
  return fields.slice(11, 15).reduce((sum, ticks) => sum + Number(ticks) * 10, 0);
}

async function runInRuntime(cwd: string, filesystem: FilesystemRules): Promise<void> {
  const { argv, env } = await SandboxManager.wrapWithSandboxArgv("true", "/bin/bash", { filesystem });
  await ended(spawn(argv[0] ?? "", argv.slice(1), { cwd, env, stdio: ["ignore", "pipe", "pipe"] }));
  SandboxManager.cleanupAfterCommand();
}

interface FilesystemRules {
  denyRead: string[];
  allowRead: string[];
  allowWrite: string[];
  denyWrite: string[];
}

async function runBare(cwd: string): Promise<void> {
  await ended(spawn("/bin/bash", ["-c", "true"], { cwd, stdio: ["ignore", "pipe", "pipe"] }));
}

async function ended(child: ReturnType<typeof spawn>): Promise<void> {
  child.stdout?.resume();
  child.stderr?.resume();
  await once(child, "close");
}

async function time(work: () => Promise<unknown>): Promise<number> {
  const started = performance.now();
  await work();
  return performance.now() - started;
}

async function median(work: () => Promise<unknown>): Promise<number> {
  await work();
  const times: number[] = [];
  for (let round = 0; round < RUNS; round += 1) times.push(await time(work));
  return middle(times);
}

function middle(values: readonly number[]): number {
  return values.toSorted((left, right) => left - right)[Math.floor(values.length / 2)] ?? Number.NaN;
}

function column(value: number): string {
  return value.toFixed(value < 10 ? 2 : 0).padStart(10);
}

function hasImage(): boolean {
  try {
    execFileSync("docker", ["image", "inspect", IMAGE], { stdio: "ignore", timeout: 10_000 });
    return true;
  } catch {
    return false;
  }
}
