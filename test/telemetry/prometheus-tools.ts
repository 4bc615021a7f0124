import { execFile, spawn, spawnSync } from "node:child_process";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";

import { findFreePort } from "../net/loopback-server.ts";

const isThere = ["promtool", "prometheus"].every((name) => spawnSync(name, ["--version"]).status === 0);

/** Whether tests that need Prometheus are skipped: not where services are required. */
export const isPrometheusMissing = !isThere && process.env["HARNESS_REQUIRE_SERVICES"] !== "1";

export const MONITORING = join(import.meta.dirname, "../../deploy/monitoring");
export const SEED = join(import.meta.dirname, "../../../shared/fixtures/seed");

/** Runs promtool; throws with what it said when it finds fault. */
export async function promtool(...args: readonly string[]): Promise<string> {
  const { stdout } = await promisify(execFile)("promtool", args, { cwd: MONITORING });
  return stdout;
}

/** One value of an answer. */
export interface Sample {
  readonly labels: Readonly<Record<string, string>>;
  readonly value: number;
}

/** A Prometheus that runs. */
export interface Prometheus extends AsyncDisposable {
  query(expression: string): Promise<readonly Sample[]>;
  /** Names of the alerts that fire now. */
  firing(): Promise<readonly string[]>;
}

/** Starts a real Prometheus in a folder of its own, on a free port, with a configuration and rules. */
export async function startPrometheus(config: string, rules: Readonly<Record<string, string>>): Promise<Prometheus> {
  const folder = await mkdtemp(join(tmpdir(), "harness-prometheus-"));
  await writeFile(join(folder, "prometheus.yml"), config);
  for (const [name, text] of Object.entries(rules)) await writeFile(join(folder, name), text);
  const port = await findFreePort();
  const url = `http://127.0.0.1:${port}`;
  const child = spawn(
    "prometheus",
    [
      `--config.file=${join(folder, "prometheus.yml")}`,
      `--storage.tsdb.path=${join(folder, "data")}`,
      `--web.listen-address=127.0.0.1:${port}`,
      "--log.level=error",
    ],
    { stdio: ["ignore", "ignore", "pipe"] },
  );
  let said = "";
  child.stderr.setEncoding("utf8").on("data", (text: string) => (said += text));
  const ended = new Promise<void>((resolve) => child.once("close", () => resolve()));
  const stop = async (): Promise<void> => {
    child.kill("SIGKILL");
    await ended;
    await rm(folder, { recursive: true, force: true });
  };
  try {
    await waitFor(async () => {
      if (child.exitCode !== null) throw new Error(`Prometheus ended: ${said}`);
      return await fetch(`${url}/-/ready`).then(
        ({ ok }) => ok,
        () => false,
      );
    });
  } catch (error) {
    await stop();
    throw error;
  }
  return {
    async query(expression) {
      const answer = await readJson<QueryAnswer>(`${url}/api/v1/query?query=${encodeURIComponent(expression)}`);
      return answer.data.result.map(({ metric, value: [, value] }) => ({ labels: metric, value: Number(value) }));
    },
    async firing() {
      const { data } = await readJson<AlertsAnswer>(`${url}/api/v1/alerts`);
      const names = data.alerts.filter(({ state }) => state === "firing").map(({ labels }) => labels.alertname);
      return [...new Set(names)].toSorted();
    },
    [Symbol.asyncDispose]: stop,
  };
}

interface QueryAnswer {
  readonly data: {
    readonly result: readonly { readonly metric: Record<string, string>; readonly value: readonly [number, string] }[];
  };
}

interface AlertsAnswer {
  readonly data: {
    readonly alerts: readonly { readonly state: string; readonly labels: { readonly alertname: string } }[];
  };
}

async function readJson<Answer>(url: string): Promise<Answer> {
  const response = await fetch(url);
  if (!response.ok) throw new Error(`${url} answered ${response.status}: ${await response.text()}`);
  return (await response.json()) as Answer;
}

/** Asks until the answer is yes; gives up loudly. */
export async function waitFor(isDone: () => Promise<boolean>, timeoutMs = 60_000): Promise<void> {
  const end = Date.now() + timeoutMs;
  while (!(await isDone())) {
    if (Date.now() > end) throw new Error(`Not so after ${timeoutMs} ms: ${isDone.toString().slice(0, 200)}`);
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
}
